-- What this service has said. A row is written by the transaction that did the thing, and numbered after its commit.
CREATE TABLE outbox (
    tenant_id      uuid        NOT NULL,
    event_id       uuid        NOT NULL,
    -- Order of writing. No cursor, since it precedes the commit, but right among writers that wait for each other.
    seq            bigint      GENERATED ALWAYS AS IDENTITY,
    -- From the tenant: among 32,768 until it is numbered, then among those that the log has.
    shard          smallint    NOT NULL,
    -- Dense from 1 per shard; null until it is numbered.
    position       bigint,
    predecessor_id uuid,
    type           text        NOT NULL,
    subject        text        NOT NULL,
    time           timestamptz NOT NULL,
    traceparent    text        NOT NULL,
    data           bytea       NOT NULL,
    PRIMARY KEY (tenant_id, event_id)
);
CREATE INDEX outbox_waiting ON outbox (seq) WHERE position IS NULL;
CREATE UNIQUE INDEX outbox_place ON outbox (shard, position) WHERE position IS NOT NULL;
CREATE INDEX outbox_event ON outbox (event_id);

-- The last number given, per shard.
CREATE TABLE outbox_head (
    shard    smallint PRIMARY KEY,
    position bigint   NOT NULL,
    event_id uuid
);

-- How far this service has applied what others said.
CREATE TABLE outbox_cursor (
    consumer text     NOT NULL,
    source   text     NOT NULL,
    shard    smallint NOT NULL,
    position bigint   NOT NULL,
    event_id uuid,
    -- Why it does not go on; null while it does.
    halted   text,
    -- How many of its events stand in dead_letter. Zero spares the look.
    parked   bigint   NOT NULL DEFAULT 0,
    PRIMARY KEY (consumer, source, shard)
);

-- Events that could not be applied, and those of the same subject that came after them.
CREATE TABLE dead_letter (
    tenant_id uuid        NOT NULL,
    consumer  text        NOT NULL,
    source    text        NOT NULL,
    subject   text        NOT NULL,
    event_id  uuid        NOT NULL,
    shard     smallint    NOT NULL,
    position  bigint      NOT NULL,
    type      text        NOT NULL,
    error     text        NOT NULL,
    event     bytea       NOT NULL,
    park_time timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, consumer, source, subject, event_id)
);
