CREATE TABLE tenants (
    tenant_id    uuid        PRIMARY KEY,
    slug         text        NOT NULL,
    display_name text        NOT NULL,
    plan         smallint    NOT NULL,
    time_zone    text        NOT NULL,
    create_time  timestamptz NOT NULL
);
-- Across tenants on purpose: a slug names a tenant in the whole installation.
CREATE UNIQUE INDEX tenants_slug ON tenants (slug);

CREATE TABLE users (
    tenant_id    uuid        NOT NULL REFERENCES tenants,
    user_id      uuid        NOT NULL,
    email        text        NOT NULL,
    display_name text        NOT NULL,
    role         smallint    NOT NULL,
    active       boolean     NOT NULL,
    version      bigint      NOT NULL,
    create_time  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
);
CREATE UNIQUE INDEX users_email ON users (tenant_id, lower(email));
CREATE INDEX users_by_time ON users (tenant_id, create_time, user_id);

CREATE TABLE api_keys (
    tenant_id    uuid        NOT NULL REFERENCES tenants,
    api_key_id   uuid        NOT NULL,
    display_name text        NOT NULL,
    role         smallint    NOT NULL,
    -- SHA-256 of the secret, which has 256 random bits, so that no slow hash is needed.
    secret_hash  bytea       NOT NULL,
    create_time  timestamptz NOT NULL,
    expire_time  timestamptz NOT NULL,
    revoke_time  timestamptz,
    PRIMARY KEY (tenant_id, api_key_id)
);
CREATE UNIQUE INDEX api_keys_secret ON api_keys (secret_hash);
CREATE INDEX api_keys_by_time ON api_keys (tenant_id, create_time, api_key_id);
