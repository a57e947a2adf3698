-- Places in the queue, by time.
create index job_queue_place on job (endpoint_id, queued_at, id) where queued_at is not null and worker_id is null and finished_at is null;

-- What waits, by times and not by states, as what is in flight.
drop index job_release_scan;
create index job_release_scan on job (endpoint_id, tenant_id, owner, priority desc, queued_at)
  where queued_at is not null and released_at is null and finished_at is null;
