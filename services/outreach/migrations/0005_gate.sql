-- When and how often a tenant writes to people: one document per tenant that has set something.
CREATE TABLE contact_policies (
    tenant_id   uuid        NOT NULL,
    content     jsonb       NOT NULL,
    version     bigint      NOT NULL,
    update_time timestamptz NOT NULL,
    PRIMARY KEY (tenant_id)
);

-- Where nothing may go any more. Of an address only a keyed hash.
CREATE TABLE suppressions (
    tenant_id      uuid        NOT NULL,
    suppression_id uuid        NOT NULL,
    kind           smallint    NOT NULL,
    candidate_id   uuid        NOT NULL,
    channel        text        NOT NULL,
    purpose        smallint    NOT NULL,
    address_hash   bytea,
    message_id     uuid,
    reason         text        NOT NULL,
    actor          text        NOT NULL,
    create_time    timestamptz NOT NULL,
    lift_time      timestamptz,
    lift_actor     text        NOT NULL DEFAULT '',
    lift_reason    text        NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, suppression_id)
);
-- One address (its hash knows the channel), and one wish of one person, is held once.
CREATE UNIQUE INDEX suppressions_address ON suppressions (tenant_id, address_hash) WHERE lift_time IS NULL AND kind = 1;
CREATE UNIQUE INDEX suppressions_person ON suppressions (tenant_id, candidate_id, kind, channel, purpose)
    WHERE lift_time IS NULL AND kind <> 1;
CREATE INDEX suppressions_by_time ON suppressions (tenant_id, create_time DESC, suppression_id DESC);
CREATE INDEX suppressions_of_candidate ON suppressions (tenant_id, candidate_id);

-- What people have said they want, word by word; the last one holds.
CREATE TABLE contact_preferences (
    tenant_id     uuid        NOT NULL,
    preference_id uuid        NOT NULL,
    candidate_id  uuid        NOT NULL,
    purpose       smallint    NOT NULL,
    -- Empty: all channels.
    channel       text        NOT NULL,
    allowed       boolean     NOT NULL,
    reason        text        NOT NULL,
    actor         text        NOT NULL,
    create_time   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, preference_id)
);
CREATE INDEX contact_preferences_of ON contact_preferences (tenant_id, candidate_id, purpose, channel, create_time DESC);

-- Who had whom, when, and how it ended. One that has expired is marked as ended by whoever claims the person next.
CREATE TABLE contact_leases (
    tenant_id           uuid        NOT NULL,
    lease_id            uuid        NOT NULL,
    candidate_id        uuid        NOT NULL,
    holder              text        NOT NULL,
    purpose             smallint    NOT NULL,
    note                text        NOT NULL,
    start_time          timestamptz NOT NULL,
    expire_time         timestamptz NOT NULL,
    -- 0 open, 1 expired, 2 released, 3 overridden.
    lease_end           smallint    NOT NULL,
    end_time            timestamptz,
    ended_by            text        NOT NULL DEFAULT '',
    end_reason          text        NOT NULL DEFAULT '',
    overridden_lease_id uuid,
    PRIMARY KEY (tenant_id, lease_id)
);
-- By this two who claim a person at once are told apart.
CREATE UNIQUE INDEX contact_leases_open ON contact_leases (tenant_id, candidate_id) WHERE end_time IS NULL;
CREATE INDEX contact_leases_by_time ON contact_leases (tenant_id, start_time DESC, lease_id DESC);
CREATE INDEX contact_leases_of_candidate ON contact_leases (tenant_id, candidate_id);

-- Until when a gate lets a message wait.
ALTER TABLE verdicts ADD COLUMN defer_until timestamptz;
-- Who wrote it by hand; empty for what was asked for by a program. And where it was to go, as a keyed hash.
ALTER TABLE messages ADD COLUMN sender text NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN address_hash bytea;
-- How often somebody is written to: when a message went out, or is to.
CREATE INDEX messages_contacts ON messages (tenant_id, candidate_id, (coalesce(send_time, next_time)) DESC)
    WHERE state IN (2, 3, 4);
