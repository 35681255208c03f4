-- What was noticed of a message at its reader's: each thing once for each kind of visitor.
CREATE TABLE visits (
    tenant_id  uuid        NOT NULL,
    message_id uuid        NOT NULL,
    -- 1 opened, 2 followed.
    kind       smallint    NOT NULL,
    -- Counted over the links in the message's text.
    link       smallint    NOT NULL,
    visitor    smallint    NOT NULL,
    evidence   text[]      NOT NULL,
    time       timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, message_id, kind, link, visitor),
    FOREIGN KEY (tenant_id, message_id) REFERENCES messages
);
