-- Rows of files that were taken in, as keyed hashes of their cleaned words: a row that comes again changes nothing, even
-- when a later row of the same file has changed the same person since.
CREATE TABLE imported_rows (
    tenant_id   uuid        NOT NULL,
    fingerprint bytea       NOT NULL,
    create_time timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, fingerprint)
);
