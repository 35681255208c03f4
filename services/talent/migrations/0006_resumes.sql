-- Résumés: file, text and the file's name, each sealed with the tenant's key.
CREATE TABLE resumes (
    tenant_id    uuid        NOT NULL,
    candidate_id uuid        NOT NULL,
    resume_id    uuid        NOT NULL,
    -- A keyed hash of the file, by which the same one is known.
    blind        bytea       NOT NULL,
    kind         smallint    NOT NULL,
    size         integer     NOT NULL,
    characters   integer     NOT NULL,
    pages        integer     NOT NULL,
    truncated    boolean     NOT NULL,
    actor        text        NOT NULL,
    create_time  timestamptz NOT NULL,
    key_version  smallint    NOT NULL,
    sealed_name  bytea       NOT NULL,
    sealed_text  bytea       NOT NULL,
    sealed_file  bytea       NOT NULL,
    PRIMARY KEY (tenant_id, resume_id),
    FOREIGN KEY (tenant_id, candidate_id) REFERENCES candidates,
    FOREIGN KEY (tenant_id, key_version) REFERENCES tenant_keys (tenant_id, version),
    CONSTRAINT resumes_once UNIQUE (tenant_id, candidate_id, blind)
);
-- What is sealed is as good as random: trying to make it smaller costs time for nothing.
ALTER TABLE resumes ALTER COLUMN sealed_text SET STORAGE EXTERNAL;
ALTER TABLE resumes ALTER COLUMN sealed_file SET STORAGE EXTERNAL;
CREATE INDEX resumes_of_candidate ON resumes (tenant_id, candidate_id, create_time, resume_id);
CREATE INDEX resumes_by_key ON resumes (tenant_id, key_version);
