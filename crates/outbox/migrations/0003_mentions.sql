-- Which events name whom, so that forgetting somebody does not read the whole log; noted by the one who numbers.
CREATE TABLE outbox_mention (
    tenant_id uuid NOT NULL,
    -- The id as events spell it.
    word      text COLLATE "C" NOT NULL,
    event_id  uuid NOT NULL,
    PRIMARY KEY (tenant_id, word, event_id)
);
-- Up to where that is done, per shard. What stands behind it is read itself, so a log that is older than this table is
-- noted while it serves.
CREATE TABLE outbox_noted (
    shard    smallint PRIMARY KEY,
    position bigint   NOT NULL
);
