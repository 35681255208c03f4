-- Who was merged into whom, as talent told it: so that what is sent later in the absorbed one's name finds the survivor.
CREATE TABLE merged_candidates (
    tenant_id    uuid NOT NULL,
    candidate_id uuid NOT NULL,
    survivor_id  uuid NOT NULL,
    PRIMARY KEY (tenant_id, candidate_id)
);
CREATE INDEX merged_candidates_into ON merged_candidates (tenant_id, survivor_id);

-- To whom it was addressed, where that person is part of another one, and the message is of no application: one that is
-- goes wherever the application goes.
ALTER TABLE messages ADD COLUMN origin_candidate_id uuid;
CREATE INDEX messages_of_candidate ON messages (tenant_id, candidate_id);
CREATE INDEX messages_of_application ON messages (tenant_id, application_id) WHERE application_id IS NOT NULL;
