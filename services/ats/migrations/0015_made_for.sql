-- For whom an application was made: whose it is, but where two were merged. By this a person is told and forgotten, so that
-- what hangs on a merge, or on one that was undone and is heard of later, goes with the right one of the two.
CREATE INDEX applications_made_for ON applications (tenant_id, coalesce(origin_candidate_id, candidate_id));
-- News of somebody (kind 30), which is whose it was of.
CREATE INDEX tasks_of_news ON tasks (tenant_id, subject_id) WHERE kind = 30;
