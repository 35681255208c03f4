-- Files of past interviews that were taken in. How far one is in stands here and moves in the transaction that saves the rows,
-- so that an import goes on after any crash exactly where it stood.
CREATE TABLE history_imports (
    tenant_id      uuid        NOT NULL,
    import_id      uuid        NOT NULL,
    -- By which it is found again; empty when the caller does not know it.
    fingerprint    text        NOT NULL,
    size           bigint      NOT NULL,
    state          smallint    NOT NULL,
    broken_reason  text        NOT NULL,
    -- Whoever works on it has its number; who goes on with it or undoes it takes the next.
    attempt        integer     NOT NULL,
    rows_read      bigint      NOT NULL,
    created        bigint      NOT NULL,
    unchanged      bigint      NOT NULL,
    rejected       bigint      NOT NULL,
    position       bigint      NOT NULL,
    next_line      bigint      NOT NULL,
    undone_created bigint      NOT NULL,
    actor          text        NOT NULL,
    create_time    timestamptz NOT NULL,
    update_time    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, import_id)
);
CREATE INDEX history_imports_by_time ON history_imports (tenant_id, create_time, import_id);
CREATE INDEX history_imports_by_fingerprint ON history_imports (tenant_id, fingerprint, create_time);
-- What background work looks for.
CREATE INDEX history_imports_undoing ON history_imports (tenant_id, update_time) WHERE state = 4;

-- Rows that were not taken: where and why, never what stood there.
CREATE TABLE history_import_errors (
    tenant_id uuid   NOT NULL,
    import_id uuid   NOT NULL,
    line      bigint NOT NULL,
    field     text   NOT NULL,
    reason    text   NOT NULL,
    message   text   NOT NULL,
    PRIMARY KEY (tenant_id, import_id, line),
    FOREIGN KEY (tenant_id, import_id) REFERENCES history_imports ON DELETE CASCADE
);

-- Which interviews an import has brought. It names nobody, and outlives the rows of those who are forgotten: what others have
-- counted of them is taken back as well.
CREATE TABLE history_import_rows (
    tenant_id    uuid NOT NULL,
    import_id    uuid NOT NULL,
    interview_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, import_id, interview_id),
    FOREIGN KEY (tenant_id, import_id) REFERENCES history_imports ON DELETE CASCADE
);
CREATE INDEX past_interviews_by_id ON past_interviews (tenant_id, interview_id);
