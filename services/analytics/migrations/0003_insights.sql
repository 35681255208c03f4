-- What passes found.
CREATE TABLE insights (
    tenant_id     uuid        NOT NULL,
    insight_id    uuid        NOT NULL,
    -- What is compared with what; what is found again is the same finding.
    topic         text        NOT NULL,
    finding       jsonb       NOT NULL,
    -- The weightiest of a pass is 1.
    place         smallint    NOT NULL,
    create_time   timestamptz NOT NULL,
    confirm_time  timestamptz NOT NULL,
    withdraw_time timestamptz,
    -- As the contract numbers them.
    withdrawal    smallint    NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, insight_id)
);
CREATE UNIQUE INDEX insights_holding ON insights (tenant_id, topic) WHERE withdraw_time IS NULL;
CREATE INDEX insights_withdrawn ON insights (tenant_id, withdraw_time) WHERE withdraw_time IS NOT NULL;

-- When a tenant's comparisons were looked at last.
CREATE TABLE looks (
    tenant_id uuid        PRIMARY KEY,
    look_time timestamptz NOT NULL
);
