create table tenant (
  id text primary key,
  name text not null unique,
  weight integer not null default 1 check (weight > 0),
  created_at timestamptz not null default now()
);

create table app_user (
  id uuid primary key,
  tenant_id text not null references tenant (id),
  name text not null unique,
  password_hash text,
  creator text not null,
  created_at timestamptz not null default now(),
  disabled_at timestamptz
);

create table role (
  name text primary key,
  tenant_id text references tenant (id),
  creator text not null,
  permissions text[] not null default '{}',
  created_at timestamptz not null default now()
);

create table user_role (
  user_id uuid not null references app_user (id) on delete cascade,
  role_name text not null references role (name) on delete cascade,
  primary key (user_id, role_name)
);
create index user_role_role_name on user_role (role_name);

create table api_key (
  id text primary key,
  user_id uuid not null references app_user (id) on delete cascade,
  name text not null,
  digest bytea not null,
  prefix text not null,
  scopes text[] not null default '{}',
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz
);
create index api_key_digest on api_key (digest);
create index api_key_user_id on api_key (user_id);

create table job (
  id uuid primary key,
  dialect text not null,
  external_id text,
  tenant_id text not null,
  owner text not null,
  act_as text,
  key_id text,
  job_type text not null,
  contract_version integer not null default 1,
  endpoint_id text not null,
  mode text not null,
  state text not null check (state in ('created', 'queued', 'active', 'succeeded', 'failed', 'cancelled', 'expired')),
  reason_code text,
  reason text,
  priority integer not null default 100,
  weight integer not null default 1,
  release integer not null default 0,
  released_at timestamptz,
  epoch integer not null default 0,
  attempts integer not null default 0,
  crashes integer not null default 0,
  worker_id text,
  lease_until timestamptz,
  deadline_ms bigint not null,
  deadline_at timestamptz,
  run_timeout_ms integer not null,
  start_by timestamptz not null,
  retain_until timestamptz,
  created_at timestamptz not null default now(),
  queued_at timestamptz,
  started_at timestamptz,
  finished_at timestamptz,
  cancel_requested_at timestamptz,
  payload jsonb,
  inputs jsonb not null default '{}',
  checkpoints jsonb not null default '[]',
  progress jsonb,
  usage jsonb,
  result jsonb,
  webhook jsonb,
  trace text,
  dialect_data jsonb not null default '{}'
);
create index job_release_scan on job (endpoint_id, tenant_id, priority desc, queued_at) where state = 'queued' and released_at is null;
create index job_in_flight on job (endpoint_id) where state in ('queued', 'active') and released_at is not null;
create index job_lease on job (lease_until) where state = 'active';
create index job_start_by on job (start_by) where state = 'created';
create index job_deadline on job (deadline_at) where state in ('queued', 'active');
create index job_owner on job (tenant_id, dialect, owner, id desc);
create index job_external_id on job (tenant_id, dialect, external_id) where external_id is not null;
create index job_retain on job (retain_until) where retain_until is not null;

create table job_output (
  job_id uuid not null references job (id) on delete cascade,
  epoch integer not null,
  name text not null,
  position integer not null,
  key text not null,
  size_bytes bigint not null,
  sha256 text,
  media_type text not null,
  primary key (job_id, name)
);

create table idempotency (
  tenant_id text not null,
  key text not null,
  fingerprint text not null,
  job_id uuid not null,
  expires_at timestamptz not null,
  primary key (tenant_id, key)
);
create index idempotency_expires on idempotency (expires_at);

create table endpoint (
  id text primary key,
  name text not null unique,
  kind text not null,
  tenant_id text not null,
  owner_roles text[] not null default '{}',
  runtime jsonb not null,
  instance_type text not null,
  driver text not null,
  desired_workers integer not null,
  slots_per_worker integer not null,
  status text not null,
  error text,
  created_at timestamptz not null default now(),
  ready_at timestamptz,
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create index endpoint_tenant on endpoint (tenant_id);

create table checkpoint (
  id uuid primary key,
  name text not null,
  type text not null,
  file text not null,
  status text not null,
  object_key text not null,
  size_bytes bigint,
  sha256 text,
  tenant_id text not null,
  owner text not null,
  allowed_roles text[] not null default '{}',
  params jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint checkpoint_name_type unique (name, type)
);
create index checkpoint_tenant on checkpoint (tenant_id);
