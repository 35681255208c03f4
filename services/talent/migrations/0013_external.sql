-- What was seen of people elsewhere. What was seen, and where, is sealed with the tenant's key.
CREATE TABLE external_activities (
    tenant_id      uuid        NOT NULL,
    activity_id    uuid        NOT NULL,
    candidate_id   uuid        NOT NULL,
    source         text        NOT NULL,
    -- A keyed hash of source and the source's own name for it, by which the same one is known; and one of all that was said.
    blind          bytea       NOT NULL,
    fingerprint    bytea       NOT NULL,
    time           timestamptz NOT NULL,
    state          smallint    NOT NULL,
    changed_fields text[]      NOT NULL,
    applied_fields text[]      NOT NULL,
    key_version    smallint    NOT NULL,
    sealed         bytea       NOT NULL,
    actor          text        NOT NULL,
    version        bigint      NOT NULL,
    create_time    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, activity_id),
    -- Who is forgotten is forgotten here as well.
    FOREIGN KEY (tenant_id, candidate_id) REFERENCES candidates ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, key_version) REFERENCES tenant_keys (tenant_id, version),
    CONSTRAINT external_activities_once UNIQUE (tenant_id, blind)
);
CREATE INDEX external_activities_of_candidate ON external_activities (tenant_id, candidate_id, time, activity_id);
CREATE INDEX external_activities_by_key ON external_activities (tenant_id, key_version);

-- Pages that are known to be somebody's, by a keyed hash of the address.
CREATE TABLE external_pages (
    tenant_id    uuid  NOT NULL,
    blind        bytea NOT NULL,
    candidate_id uuid  NOT NULL,
    PRIMARY KEY (tenant_id, blind),
    FOREIGN KEY (tenant_id, candidate_id) REFERENCES candidates ON DELETE CASCADE
);
CREATE INDEX external_pages_of_candidate ON external_pages (tenant_id, candidate_id);
