-- Places in the queue, by time.
create index job_queue_place on job (endpoint_id, queued_at, id) where queued_at is not null and worker_id is null and finished_at is null;

-- What waits and what is in flight, by times and not by states: so that none of their queries can be served by an index of all that
-- is unfinished, which Postgres thinks as good while its tables are young.
drop index job_release_scan;
create index job_release_scan on job (endpoint_id, tenant_id, owner, priority desc, queued_at)
  where queued_at is not null and released_at is null and finished_at is null;
drop index job_in_flight;
create index job_in_flight on job (endpoint_id) where released_at is not null and finished_at is null;
