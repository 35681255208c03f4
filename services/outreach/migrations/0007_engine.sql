-- What somebody still has to work on: one narrow row for each message that is not at its end. The message itself is wide
-- and stands in many indexes, so it is written when it begins and when it ends and not in between: what changes on the way
-- changes here, and goes when the message ends.
CREATE TABLE open_messages (
    tenant_id     uuid        NOT NULL,
    message_id    uuid        NOT NULL,
    -- 1 to be prepared, 2 waits here, 3 out: in Redis, or in a worker's hand.
    step          smallint    NOT NULL,
    channel       text        NOT NULL,
    -- 1 urgent, 2 normal, 3 bulk.
    priority      smallint    NOT NULL,
    -- Not before this, by the installation's clock.
    next_time     timestamptz NOT NULL,
    -- Tries so far, the one under way included, and the last one that it has.
    tries         integer     NOT NULL DEFAULT 0,
    tries_allowed integer     NOT NULL DEFAULT 8,
    -- Whether a worker has it, and since when, by the installation's clock.
    claimed       boolean     NOT NULL DEFAULT false,
    claim_time    timestamptz,
    -- So long it is left alone while it is out, by the database's own clock: a clock that jumps must not take work away
    -- from a worker that is at it.
    lease_until   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, message_id)
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
-- The one order in which work is found. A claim changes none of these columns, so it touches no index (HOT).
CREATE INDEX open_messages_in_order ON open_messages (step, channel, priority, next_time);

-- What a worker has in hand is left to it for a while, and then taken over as after a worker that died.
INSERT INTO open_messages (tenant_id, message_id, step, channel, priority, next_time, tries, claimed, claim_time, lease_until)
SELECT tenant_id, message_id, state, channel, CASE WHEN kind IN (20, 21, 22) THEN 3 ELSE 2 END, next_time, tries, state = 3,
       CASE WHEN state = 3 THEN now() END, CASE WHEN state = 3 THEN now() + interval '90 seconds' ELSE now() END
FROM messages WHERE state IN (1, 2, 3);
UPDATE messages SET state = 2 WHERE state = 3;

DROP INDEX messages_open;
ALTER TABLE messages DROP COLUMN enqueue_until;
ALTER TABLE messages DROP COLUMN claim_until;
-- Room for the one update that ends a message, on its own page and without touching an index.
ALTER TABLE messages SET (fillfactor = 85);

-- A row of these is written only where its message is locked or written with it, and a person's are forgotten together.
-- Asking PostgreSQL to look again for each row cost more than the rows.
ALTER TABLE verdicts DROP CONSTRAINT verdicts_tenant_id_message_id_fkey;
ALTER TABLE attempts DROP CONSTRAINT attempts_tenant_id_message_id_fkey;

-- Messages that were given up, until somebody gives them new tries.
CREATE TABLE dead_letters (
    tenant_id  uuid        NOT NULL,
    message_id uuid        NOT NULL,
    channel    text        NOT NULL,
    priority   smallint    NOT NULL,
    reason     text        NOT NULL,
    error      text        NOT NULL,
    tries      integer     NOT NULL,
    fail_time  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, message_id)
);
CREATE INDEX dead_letters_by_time ON dead_letters (tenant_id, fail_time DESC, message_id DESC);
INSERT INTO dead_letters
SELECT m.tenant_id, m.message_id, m.channel, 2, 'TRIES_EXHAUSTED', coalesce(a.error, ''), m.tries,
       coalesce(a.end_time, m.create_time)
FROM messages m LEFT JOIN attempts a ON a.tenant_id = m.tenant_id AND a.message_id = m.message_id AND a.number = m.tries
WHERE m.state = 5;

-- Who gave a message new tries.
CREATE TABLE redrives (
    tenant_id  uuid        NOT NULL,
    message_id uuid        NOT NULL,
    time       timestamptz NOT NULL,
    actor      text        NOT NULL,
    PRIMARY KEY (tenant_id, message_id, time)
);
