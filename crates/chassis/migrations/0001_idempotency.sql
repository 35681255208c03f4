-- Answers to requests that may be sent again. Kept for a day.
CREATE TABLE idempotency (
    tenant_id   uuid        NOT NULL,
    actor       text        NOT NULL,
    method      text        NOT NULL,
    request_id  uuid        NOT NULL,
    fingerprint bytea       NOT NULL,
    answer      bytea       NOT NULL DEFAULT '',
    create_time timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, actor, method, request_id)
);
CREATE INDEX idempotency_by_age ON idempotency (create_time);
