create table dataset (
  id uuid primary key,
  tenant_id text not null,
  name text not null,
  owner text not null,
  status text not null check (status in ('initial', 'enabled', 'disabled')),
  description text not null default '',
  allowed_roles text[] not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint dataset_name unique (tenant_id, name)
);

create table dataset_file (
  dataset_id uuid not null references dataset (id) on delete cascade,
  filename text not null,
  name text not null,
  type text not null,
  params jsonb not null default '{}',
  position integer not null,
  object_key text not null,
  primary key (dataset_id, filename)
);
