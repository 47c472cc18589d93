-- Names the fetch whose rows are staged: an activity that was given up may still be running, and a write
-- must not take the rows of another fetch for its own (N1, N6).
alter table tandem.object add column staged_batch text;
