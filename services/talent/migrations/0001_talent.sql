-- Each tenant's key, wrapped by the installation's master key. Without it the tenant's contact points can not be read.
CREATE TABLE tenant_keys (
    tenant_id   uuid        PRIMARY KEY,
    wrapped_key bytea       NOT NULL,
    create_time timestamptz NOT NULL
);

CREATE TABLE candidates (
    tenant_id    uuid        NOT NULL,
    candidate_id uuid        NOT NULL,
    display_name text        NOT NULL,
    city         text        NOT NULL,
    title        text        NOT NULL,
    company      text        NOT NULL,
    years        smallint    NOT NULL,
    skills       text[]      NOT NULL,
    summary      text        NOT NULL,
    language     smallint    NOT NULL,
    time_zone    text        NOT NULL,
    source       text        NOT NULL,
    -- What search compares with; written together with the fields above that they are made from.
    city_key     text        NOT NULL,
    skill_keys   text[]      NOT NULL,
    name_text    text        NOT NULL,
    title_text   text        NOT NULL,
    company_text text        NOT NULL,
    search_text  text        NOT NULL,
    version      bigint      NOT NULL,
    create_time  timestamptz NOT NULL,
    update_time  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, candidate_id)
);
CREATE INDEX candidates_by_create_time ON candidates (tenant_id, create_time, candidate_id);
-- Search reads a tenant's people along this one. There is no GIN index on purpose: under row-level security PostgreSQL
-- uses only leakproof operators in an index condition, and neither the array nor the text operators are.
CREATE INDEX candidates_by_update_time ON candidates (tenant_id, update_time, candidate_id);

-- E-mail addresses and telephone numbers: the value sealed with the tenant's key, and a keyed hash of it by which an
-- equal one is found. Nobody reads a value from this table without the key.
CREATE TABLE contact_points (
    tenant_id    uuid        NOT NULL,
    kind         smallint    NOT NULL,
    blind        bytea       NOT NULL,
    candidate_id uuid        NOT NULL,
    sealed       bytea       NOT NULL,
    CONSTRAINT contact_points_one_person PRIMARY KEY (tenant_id, kind, blind),
    CONSTRAINT contact_points_one_each UNIQUE (tenant_id, candidate_id, kind),
    FOREIGN KEY (tenant_id, candidate_id) REFERENCES candidates
);

-- What happened with a person, as the services told it. No foreign key: others may speak of a person in any order.
CREATE TABLE timeline_entries (
    tenant_id    uuid        NOT NULL,
    candidate_id uuid        NOT NULL,
    event_id     uuid        NOT NULL,
    time         timestamptz NOT NULL,
    source       text        NOT NULL,
    type         text        NOT NULL,
    subject      text        NOT NULL,
    summary      text        NOT NULL,
    PRIMARY KEY (tenant_id, candidate_id, event_id)
);
CREATE INDEX timeline_entries_by_time ON timeline_entries (tenant_id, candidate_id, time, event_id);
