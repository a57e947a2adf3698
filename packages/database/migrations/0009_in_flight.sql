-- What is in flight, by times and not by states: so that no query of it can be served by an index of all that is unfinished.
drop index job_in_flight;
create index job_in_flight on job (endpoint_id) where released_at is not null and finished_at is null;
