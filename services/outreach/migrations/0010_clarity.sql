-- How grave a tenant wants the linter's rules to be: one document per tenant that has set something, and who changed it last.
CREATE TABLE clarity_settings (
    tenant_id    uuid        NOT NULL,
    content      jsonb       NOT NULL,
    version      bigint      NOT NULL,
    update_time  timestamptz NOT NULL,
    update_actor text        NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id)
);
