-- What an endpoint was asked to be beyond its size: kept and shown here, acted on by whatever scales and runs it.
alter table endpoint
  add column autoscaling jsonb,
  add column image text,
  add column dialect_data jsonb not null default '{}';
