-- Files that were taken in. How far one is in stands here and moves in the transaction that saves the rows, so that an
-- import goes on after any crash exactly where it stood.
CREATE TABLE imports (
    tenant_id        uuid        NOT NULL,
    import_id        uuid        NOT NULL,
    format           smallint    NOT NULL,
    -- A keyed hash of the file's own, by which it is found again; NULL when the caller does not know it.
    fingerprint      bytea,
    size             bigint      NOT NULL,
    -- The mapping as it was sent, and which column is where once the header was read.
    mapping          bytea       NOT NULL,
    layout           jsonb,
    state            smallint    NOT NULL,
    broken_reason    text        NOT NULL DEFAULT '',
    -- Whoever works on it has its number; who goes on with it or undoes it takes the next.
    attempt          integer     NOT NULL,
    rows_read        bigint      NOT NULL DEFAULT 0,
    created          bigint      NOT NULL DEFAULT 0,
    updated          bigint      NOT NULL DEFAULT 0,
    unchanged        bigint      NOT NULL DEFAULT 0,
    rejected         bigint      NOT NULL DEFAULT 0,
    position         bigint      NOT NULL DEFAULT 0,
    next_line        bigint      NOT NULL DEFAULT 1,
    undone_created   bigint      NOT NULL DEFAULT 0,
    undone_updated   bigint      NOT NULL DEFAULT 0,
    undo_problems    bigint      NOT NULL DEFAULT 0,
    actor            text        NOT NULL,
    create_time      timestamptz NOT NULL,
    update_time      timestamptz NOT NULL,
    undo_expire_time timestamptz NOT NULL,
    -- Whether what was before is forgotten.
    forgotten        boolean     NOT NULL DEFAULT false,
    PRIMARY KEY (tenant_id, import_id)
);
CREATE INDEX imports_by_time ON imports (tenant_id, create_time, import_id);
CREATE INDEX imports_by_fingerprint ON imports (tenant_id, fingerprint, create_time);

-- Rows that were not taken: where and why, never what stood there.
CREATE TABLE import_errors (
    tenant_id uuid   NOT NULL,
    import_id uuid   NOT NULL,
    line      bigint NOT NULL,
    field     text   NOT NULL,
    reason    text   NOT NULL,
    message   text   NOT NULL,
    PRIMARY KEY (tenant_id, import_id, line),
    FOREIGN KEY (tenant_id, import_id) REFERENCES imports ON DELETE CASCADE
);

-- What an import did to people, so that it can be undone: per person and batch the values before and after, sealed.
CREATE TABLE import_changes (
    tenant_id    uuid     NOT NULL,
    import_id    uuid     NOT NULL,
    candidate_id uuid     NOT NULL,
    change_id    uuid     NOT NULL,
    -- Whether the person came with it.
    is_new       boolean  NOT NULL,
    -- The person's version after it.
    version      bigint   NOT NULL,
    key_version  smallint NOT NULL,
    sealed       bytea    NOT NULL,
    create_time  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, import_id, candidate_id, change_id),
    FOREIGN KEY (tenant_id, import_id) REFERENCES imports ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, key_version) REFERENCES tenant_keys (tenant_id, version)
);
CREATE INDEX import_changes_by_key ON import_changes (tenant_id, key_version);

-- People of whom not everything could be undone.
CREATE TABLE undo_problems (
    tenant_id    uuid   NOT NULL,
    import_id    uuid   NOT NULL,
    candidate_id uuid   NOT NULL,
    reason       text   NOT NULL,
    fields       text[] NOT NULL,
    PRIMARY KEY (tenant_id, import_id, candidate_id),
    FOREIGN KEY (tenant_id, import_id) REFERENCES imports ON DELETE CASCADE
);

-- Which import has brought a row; NULL for those from before imports had ids.
ALTER TABLE imported_rows ADD COLUMN import_id uuid;
CREATE INDEX imported_rows_of_import ON imported_rows (tenant_id, import_id);

-- What background work looks for.
CREATE INDEX imports_undoing ON imports (tenant_id, update_time) WHERE state = 4;
CREATE INDEX imports_unforgotten ON imports (tenant_id, undo_expire_time) WHERE NOT forgotten;
