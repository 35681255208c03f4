-- Who is forgotten, how far that is, and the receipt for it. The id of the person leads nowhere any more; it is here so that
-- what is heard of them later is not written down.
CREATE TABLE erasures (
    tenant_id    uuid        NOT NULL,
    erasure_id   uuid        NOT NULL,
    candidate_id uuid        NOT NULL,
    -- The event that says so, which the index has to reach.
    event_id     uuid        NOT NULL,
    reason       text        NOT NULL,
    actor        text        NOT NULL,
    -- 1 running, 2 done.
    state        smallint    NOT NULL,
    -- By service: what it has answered, and what it has forgotten.
    progress     jsonb       NOT NULL,
    -- While it runs: when it is looked at next. Whoever takes it up moves this on first.
    next_time    timestamptz NOT NULL,
    receipt      text        NOT NULL DEFAULT '',
    request_time timestamptz NOT NULL,
    finish_time  timestamptz,
    PRIMARY KEY (tenant_id, erasure_id)
);
CREATE UNIQUE INDEX erasures_one_each ON erasures (tenant_id, candidate_id);
CREATE INDEX erasures_by_time ON erasures (tenant_id, request_time DESC, erasure_id DESC);
CREATE INDEX erasures_open ON erasures (next_time) WHERE state = 1;

-- Contact points of those who are forgotten, as keyed hashes: enough to know one that comes again, and nothing else.
CREATE TABLE tombstones (
    tenant_id   uuid        NOT NULL,
    kind        smallint    NOT NULL,
    mark        bytea       NOT NULL,
    erasure_id  uuid        NOT NULL,
    create_time timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, kind, mark),
    FOREIGN KEY (tenant_id, erasure_id) REFERENCES erasures
);
CREATE INDEX tombstones_of_erasure ON tombstones (tenant_id, erasure_id);

-- Who let somebody come back, and how the wish was known. Append-only.
CREATE TABLE tombstone_lifts (
    tenant_id  uuid        NOT NULL,
    lift_id    uuid        NOT NULL,
    erasure_id uuid        NOT NULL,
    -- How many contact points.
    lifted     integer     NOT NULL,
    evidence   text        NOT NULL,
    actor      text        NOT NULL,
    time       timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, lift_id),
    FOREIGN KEY (tenant_id, erasure_id) REFERENCES erasures
);

-- The installation's keys that sign receipts, each wrapped as tenants' keys are. The last one signs.
CREATE TABLE receipt_keys (
    number      smallint    PRIMARY KEY,
    wrapped_key bytea       NOT NULL,
    master_key  text        NOT NULL,
    public_key  bytea       NOT NULL,
    create_time timestamptz NOT NULL
);
