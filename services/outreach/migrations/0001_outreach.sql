CREATE TABLE templates (
    tenant_id   uuid        NOT NULL,
    template_id uuid        NOT NULL,
    kind        smallint    NOT NULL,
    language    text        NOT NULL,
    version     integer     NOT NULL,
    subject     text        NOT NULL,
    body        text        NOT NULL,
    create_time timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, template_id)
);
CREATE UNIQUE INDEX templates_version ON templates (tenant_id, kind, language, version);

CREATE TABLE messages (
    tenant_id      uuid        NOT NULL,
    message_id     uuid        NOT NULL,
    -- The one send that it stands for.
    business_key   text        NOT NULL,
    draft          bytea       NOT NULL,
    kind           smallint    NOT NULL,
    state          smallint    NOT NULL,
    candidate_id   uuid        NOT NULL,
    application_id uuid,
    interview_id   uuid,
    channel        text        NOT NULL,
    language       text        NOT NULL,
    template_id    text        NOT NULL,
    subject        text        NOT NULL,
    text           text        NOT NULL,
    traceparent    text        NOT NULL,
    tries          integer     NOT NULL,
    -- Not before this, by the installation's clock.
    next_time      timestamptz NOT NULL,
    -- Leases, by the database's own clock: a clock that jumps must not take work away from a worker that is at it.
    enqueue_until  timestamptz NOT NULL,
    claim_until    timestamptz NOT NULL,
    create_time    timestamptz NOT NULL,
    send_time      timestamptz,
    PRIMARY KEY (tenant_id, message_id)
);
CREATE UNIQUE INDEX messages_business_key ON messages (tenant_id, business_key);
CREATE INDEX messages_by_time ON messages (tenant_id, create_time DESC, message_id DESC);
CREATE INDEX messages_of_interview ON messages (tenant_id, interview_id);
-- Accepted (1), queued (2) and sending (3): what somebody still has to work on.
CREATE INDEX messages_open ON messages (state, next_time) WHERE state IN (1, 2, 3);

CREATE TABLE verdicts (
    tenant_id  uuid        NOT NULL,
    message_id uuid        NOT NULL,
    place      integer     NOT NULL,
    gate       text        NOT NULL,
    passed     boolean     NOT NULL,
    reason     text        NOT NULL,
    detail     text        NOT NULL,
    time       timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, message_id, place),
    FOREIGN KEY (tenant_id, message_id) REFERENCES messages
);

CREATE TABLE attempts (
    tenant_id  uuid        NOT NULL,
    message_id uuid        NOT NULL,
    number     integer     NOT NULL,
    start_time timestamptz NOT NULL,
    end_time   timestamptz,
    succeeded  boolean     NOT NULL,
    error      text        NOT NULL,
    PRIMARY KEY (tenant_id, message_id, number),
    FOREIGN KEY (tenant_id, message_id) REFERENCES messages
);
