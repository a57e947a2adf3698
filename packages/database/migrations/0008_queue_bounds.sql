-- How long a job may wait for its first worker, and how long its end is kept; null: as long as any other.
alter table job
  add column queue_ms bigint,
  add column queue_expires_at timestamptz,
  add column retain_ms bigint;
create index job_queue_expires on job (queue_expires_at) where state = 'queued' and queue_expires_at is not null;

-- Turns go to tenants, and within a tenant to owners.
drop index job_release_scan;
create index job_release_scan on job (endpoint_id, tenant_id, owner, priority desc, queued_at) where state = 'queued' and released_at is null;
