ALTER TABLE jobs
    ADD COLUMN wished_skills   text[]   NOT NULL DEFAULT '{}',
    ADD COLUMN employment_type smallint NOT NULL DEFAULT 0,
    ADD COLUMN owner           text     NOT NULL DEFAULT '',
    ADD COLUMN hiring_team     jsonb    NOT NULL DEFAULT '[]',
    ADD COLUMN competencies    jsonb    NOT NULL DEFAULT '[]',
    ADD COLUMN filled          integer  NOT NULL DEFAULT 0;

-- Append-only.
CREATE TABLE job_transitions (
    tenant_id  uuid        NOT NULL,
    job_id     uuid        NOT NULL,
    -- The job's version that it made.
    version    bigint      NOT NULL,
    from_state smallint    NOT NULL,
    to_state   smallint    NOT NULL,
    actor      text        NOT NULL,
    reason     text        NOT NULL,
    time       timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, job_id, version),
    FOREIGN KEY (tenant_id, job_id) REFERENCES jobs
);

ALTER TABLE applications ADD COLUMN stage_time timestamptz;
UPDATE applications SET stage_time = update_time;
ALTER TABLE applications ALTER COLUMN stage_time SET NOT NULL;
-- Who is live on a job, by stage.
CREATE INDEX applications_live ON applications (tenant_id, job_id, stage) WHERE state = 1;

-- One row per tenant that has set something.
CREATE TABLE settings (
    tenant_id   uuid        NOT NULL PRIMARY KEY,
    content     jsonb       NOT NULL,
    version     bigint      NOT NULL,
    update_time timestamptz NOT NULL
);
