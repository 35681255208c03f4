-- A tenant's own ways out. What is deleted stays readable without its secret, since messages refer to it.
CREATE TABLE channels (
    tenant_id   uuid        NOT NULL,
    channel_id  uuid        NOT NULL,
    -- As the contract has it, without the secret.
    settings    bytea       NOT NULL,
    -- Sealed; null when there is none.
    secret      bytea,
    -- Grows with each change: adapters are kept by it.
    revision    bigint      NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    delete_time timestamptz,
    PRIMARY KEY (tenant_id, channel_id)
);

-- Under which address a channel reaches a person, where the pool does not know it. Sealed.
CREATE TABLE channel_addresses (
    tenant_id    uuid        NOT NULL,
    channel_id   uuid        NOT NULL,
    candidate_id uuid        NOT NULL,
    address      bytea       NOT NULL,
    update_time  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, channel_id, candidate_id),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channels
);
CREATE INDEX channel_addresses_of ON channel_addresses (tenant_id, candidate_id);

ALTER TABLE messages
    -- Which of the tenant's channels `channel` means; null for the installation's own.
    ADD COLUMN channel_id uuid,
    -- Those that are left when that one does not reach the reader, in this order.
    ADD COLUMN fallbacks jsonb NOT NULL DEFAULT '[]',
    -- How many tries were made on channels before this one: each has tries of its own.
    ADD COLUMN tries_before integer NOT NULL DEFAULT 0,
    -- Some try ended without an answer, so that the reader may have the message.
    ADD COLUMN in_doubt boolean NOT NULL DEFAULT false;

ALTER TABLE attempts ADD COLUMN channel text NOT NULL DEFAULT '';
