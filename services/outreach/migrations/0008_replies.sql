-- What came back to messages.
CREATE TABLE replies (
    tenant_id      uuid             NOT NULL,
    reply_id       uuid             NOT NULL,
    -- A hash of what makes two the same: the mail and where it went, or what a program knows it by.
    known_by       bytea            NOT NULL,
    state          smallint         NOT NULL,
    kind           smallint         NOT NULL,
    matched        smallint         NOT NULL,
    channel        text             NOT NULL,
    -- What it answers.
    message_id     uuid,
    -- Whose it is where it answers nothing.
    candidate_id   uuid,
    subject        text             NOT NULL,
    text           text             NOT NULL,
    intent         smallint         NOT NULL,
    confidence     double precision NOT NULL,
    quote          text             NOT NULL,
    also           integer[]        NOT NULL,
    evidence       text[]           NOT NULL,
    outcome        smallint         NOT NULL,
    status         text             NOT NULL,
    -- Sealed; null when it is not known, or put aside.
    sender         bytea,
    -- The sender's address as a keyed hash, the same as `messages.address_hash` of a message that went there.
    sender_hash    bytea,
    from_reader    boolean          NOT NULL,
    rfc_message_id text             NOT NULL,
    receive_time   timestamptz      NOT NULL,
    settled_by     text             NOT NULL DEFAULT '',
    settle_time    timestamptz,
    settle_reason  text             NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, reply_id),
    -- One that comes while its message is forgotten is not kept.
    FOREIGN KEY (tenant_id, message_id) REFERENCES messages
);
CREATE UNIQUE INDEX replies_known ON replies (tenant_id, known_by);
CREATE INDEX replies_by_time ON replies (tenant_id, receive_time DESC, reply_id DESC);
CREATE INDEX replies_waiting ON replies (tenant_id, receive_time, reply_id) WHERE state = 2;
CREATE INDEX replies_of_message ON replies (tenant_id, message_id);
CREATE INDEX replies_of_candidate ON replies (tenant_id, candidate_id) WHERE candidate_id IS NOT NULL;

-- Places to which programs may post replies, each with the sealed secret that they sign with.
CREATE TABLE reply_hooks (
    tenant_id    uuid        NOT NULL,
    hook_id      uuid        NOT NULL,
    display_name text        NOT NULL,
    secret       bytea       NOT NULL,
    create_time  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, hook_id)
);
