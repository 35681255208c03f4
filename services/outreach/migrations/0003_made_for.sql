-- For whom an application was made, where ats has given it to another person: those were merged.
CREATE TABLE moved_applications (
    tenant_id           uuid NOT NULL,
    application_id      uuid NOT NULL,
    origin_candidate_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, application_id)
);
CREATE INDEX moved_applications_of ON moved_applications (tenant_id, origin_candidate_id);

-- For whom a message was written, also one of an application. By this a person is told and forgotten, so that what hangs on
-- a merge, or on one that was undone and is heard of later, goes with the right one of the two.
CREATE INDEX messages_made_for ON messages (tenant_id, coalesce(origin_candidate_id, candidate_id));
