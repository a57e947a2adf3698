-- A checkpoint is one file, several files with a name each, or a folder with one name.
alter table checkpoint
  add column kind text not null default 'files' check (kind in ('files', 'folder')),
  add column error text,
  add column progress jsonb,
  add column imported boolean not null default false,
  drop constraint checkpoint_name_type,
  alter column object_key drop not null;
update checkpoint set status = 'initial' where status not in ('initial', 'active', 'disabled', 'failed');
alter table checkpoint add check (status in ('initial', 'active', 'disabled', 'failed'));
create index checkpoint_stale on checkpoint (updated_at) where status in ('initial', 'failed');
create index checkpoint_listed on checkpoint (tenant_id, created_at desc, id desc);
drop index checkpoint_tenant;

create table checkpoint_file (
  id uuid primary key,
  checkpoint_id uuid not null references checkpoint (id) on delete cascade,
  position integer not null,
  -- by which jobs ask for the file; null inside a folder, which is asked for as a whole
  name text,
  -- a plain file name, or inside a folder the way to it
  path text not null,
  -- null once a folder has been packed
  object_key text,
  size_bytes bigint,
  sha256 text,
  format text,
  part_count integer,
  upload_id text,
  stored_at timestamptz,
  unique (checkpoint_id, path)
);
insert into checkpoint_file (id, checkpoint_id, position, name, path, object_key, size_bytes, sha256, stored_at)
  select id, id, 0, name, file, object_key, size_bytes, sha256, case when sha256 is not null then created_at end from checkpoint;

-- One name is one checkpoint of a tenant, whatever its type. Those of '*' belong to everybody.
create table checkpoint_name (
  tenant_id text not null,
  name text not null,
  checkpoint_id uuid not null references checkpoint (id) on delete cascade,
  primary key (tenant_id, name)
);
create index checkpoint_name_checkpoint on checkpoint_name (checkpoint_id);
insert into checkpoint_name (tenant_id, name, checkpoint_id)
  select tenant_id, name, id from checkpoint order by created_at on conflict do nothing;

-- from here on the object of a packed folder
update checkpoint set object_key = null, size_bytes = null, sha256 = null;
alter table checkpoint drop column file;

-- What is left to do in the background: one at a time of each checkpoint, in order.
create table checkpoint_work (
  id bigint generated always as identity primary key,
  checkpoint_id uuid not null references checkpoint (id) on delete cascade,
  kind text not null check (kind in ('inspect', 'import', 'rename')),
  data jsonb not null default '{}',
  -- who does it; believed until then without a sign of life
  owner text,
  due_at timestamptz not null default now(),
  attempts integer not null default 0
);
create index checkpoint_work_due on checkpoint_work (due_at);
create index checkpoint_work_checkpoint on checkpoint_work (checkpoint_id, id);

create table checkpoint_garbage (
  id uuid primary key,
  -- ends in a slash: all objects under it go; else that one
  prefix text not null,
  -- uploads that may not have ended: [{key, uploadId}]
  uploads jsonb not null default '[]',
  sweep_at timestamptz not null,
  final_sweep_at timestamptz not null
);
create index checkpoint_garbage_sweep on checkpoint_garbage (sweep_at);
