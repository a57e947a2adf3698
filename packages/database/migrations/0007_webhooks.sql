-- Who signs: one secret a user, as sealed text. After a rotation both sign until previous_until.
create table webhook_secret (
  tenant_id text not null,
  owner text not null,
  sealed text not null,
  created_at timestamptz not null default now(),
  previous_sealed text,
  previous_until timestamptz,
  primary key (tenant_id, owner)
);

-- One row a job that asked for a webhook and has ended: what is to be sent, and the log of it.
create table webhook_delivery (
  job_id uuid primary key references job (id) on delete cascade,
  tenant_id text not null,
  owner text not null,
  url text not null,
  with_urls boolean not null default false,
  state text not null default 'pending' check (state in ('pending', 'delivered', 'failed')),
  -- all attempts ever, which names the present one; tries counts those since the end or the last resend
  attempts integer not null default 0,
  tries integer not null default 0,
  next_at timestamptz default now(),
  sending_until timestamptz,
  status integer,
  error text,
  created_at timestamptz not null default now(),
  attempted_at timestamptz,
  ended_at timestamptz
);
create index webhook_delivery_due on webhook_delivery (next_at) where state = 'pending';
create index webhook_delivery_owner on webhook_delivery (tenant_id, owner, job_id desc);
create index webhook_delivery_ended on webhook_delivery (ended_at) where ended_at is not null;

-- A trigger, so that no statement that ends a job can forget it: the row is part of that statement's transaction.
create function note_webhook() returns trigger language plpgsql as $$
begin
  insert into webhook_delivery (job_id, tenant_id, owner, url, with_urls)
  values (new.id, new.tenant_id, new.owner, new.webhook ->> 'url', coalesce((new.webhook ->> 'withUrls')::boolean, false))
  on conflict do nothing;
  return null;
end $$;

create trigger job_ended_webhook after update of state on job for each row
  when (new.webhook is not null and new.state in ('succeeded', 'failed', 'cancelled', 'expired')
    and old.state not in ('succeeded', 'failed', 'cancelled', 'expired'))
  execute function note_webhook();
