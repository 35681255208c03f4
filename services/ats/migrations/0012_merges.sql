-- Who was merged into whom, as talent told it: so that what comes later in the absorbed one's name finds the survivor.
CREATE TABLE merged_candidates (
    tenant_id    uuid NOT NULL,
    candidate_id uuid NOT NULL,
    survivor_id  uuid NOT NULL,
    PRIMARY KEY (tenant_id, candidate_id)
);
CREATE INDEX merged_candidates_into ON merged_candidates (tenant_id, survivor_id);

ALTER TABLE applications
    -- For whom it was made, where that person is part of another one.
    ADD COLUMN origin_candidate_id uuid,
    -- The older live application of the same person for the same job, after two were merged.
    ADD COLUMN clash_with          uuid;
-- One live application per person and job, but for those that a merge has brought together.
DROP INDEX applications_one_live;
CREATE UNIQUE INDEX applications_one_live ON applications (tenant_id, job_id, candidate_id)
    WHERE state = 1 AND clash_with IS NULL;
