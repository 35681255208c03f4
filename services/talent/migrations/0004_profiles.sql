-- What a profile holds besides what search reads row by row: years and recency of skills, education, employment, intent,
-- preferred channels.
ALTER TABLE candidates ADD COLUMN details jsonb NOT NULL DEFAULT '{}';

-- A person has several addresses and numbers; the first of a kind has place 0.
ALTER TABLE contact_points ADD COLUMN place smallint NOT NULL DEFAULT 0;
ALTER TABLE contact_points DROP CONSTRAINT contact_points_one_each;
ALTER TABLE contact_points ADD CONSTRAINT contact_points_one_place UNIQUE (tenant_id, candidate_id, kind, place);

-- What people said about purposes. Append-only: the latest word on a purpose counts.
CREATE TABLE consents (
    tenant_id    uuid        NOT NULL,
    candidate_id uuid        NOT NULL,
    consent_id   uuid        NOT NULL,
    purpose      smallint    NOT NULL,
    granted      boolean     NOT NULL,
    -- When the person said it.
    time         timestamptz NOT NULL,
    expire_time  timestamptz,
    evidence     text        NOT NULL,
    actor        text        NOT NULL,
    create_time  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, consent_id),
    FOREIGN KEY (tenant_id, candidate_id) REFERENCES candidates
);
CREATE INDEX consents_of_candidate ON consents (tenant_id, candidate_id, time, consent_id);

-- What is said of people in a word. No foreign key: services speak of a person in any order.
CREATE TABLE tags (
    tenant_id    uuid        NOT NULL,
    candidate_id uuid        NOT NULL,
    dimension    smallint    NOT NULL,
    name         text        NOT NULL,
    -- What it belongs to, such as an application; '' when to nothing in particular.
    subject      text        NOT NULL,
    origin       smallint    NOT NULL,
    evidence     text        NOT NULL,
    actor        text        NOT NULL,
    set_time     timestamptz NOT NULL,
    expire_time  timestamptz,
    PRIMARY KEY (tenant_id, candidate_id, dimension, name, subject)
);

-- How people answer when they are asked, folded from what one service has told. A row per service, as of contact_briefs.
CREATE TABLE engagements (
    tenant_id    uuid  NOT NULL,
    candidate_id uuid  NOT NULL,
    source       text  NOT NULL,
    content      jsonb NOT NULL,
    PRIMARY KEY (tenant_id, candidate_id, source)
);
