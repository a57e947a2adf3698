-- Which process owns what only one may own at a time, and until when it is believed without a sign of life.
create table owner_lease (
  name text primary key,
  owner text not null,
  expires_at timestamptz not null
);
