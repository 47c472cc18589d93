-- After a lost job rows come a second time: their pages go by staging, not straight into the table.
alter table tandem.load add column by_staging boolean not null default false;
