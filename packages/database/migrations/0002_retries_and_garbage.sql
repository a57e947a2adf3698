alter table job
  add column failures integer not null default 0,
  add column outages integer not null default 0,
  add column not_before timestamptz;

create index job_backlog on job (endpoint_id, tenant_id) where state in ('created', 'queued', 'active');
create index job_cancel_requested on job (cancel_requested_at) where state in ('queued', 'active') and cancel_requested_at is not null;

create table job_garbage (
  job_id uuid primary key,
  tenant_id text not null,
  sweep_at timestamptz not null,
  final_sweep_at timestamptz not null
);
create index job_garbage_sweep on job_garbage (sweep_at);

alter table idempotency add column owner text not null default '';
update idempotency set owner = job.owner from job where job.id = idempotency.job_id;
alter table idempotency drop constraint idempotency_pkey, add primary key (tenant_id, owner, key);
alter table idempotency alter column owner drop default;
create index idempotency_job on idempotency (job_id);
