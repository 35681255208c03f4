-- Who stands for a person that was merged into another one: the last of a chain, so that one look is enough. What belongs
-- to a person keeps the person's id through every merge; that is how it is given back.
ALTER TABLE candidates ADD COLUMN merged_into uuid;
CREATE INDEX candidates_merged ON candidates (tenant_id, merged_into) WHERE merged_into IS NOT NULL;

-- Two people made one, and what it takes to undo that.
CREATE TABLE merges (
    tenant_id        uuid        NOT NULL,
    merge_id         uuid        NOT NULL,
    survivor_id      uuid        NOT NULL,
    absorbed_id      uuid        NOT NULL,
    -- 1 in force, 2 undone.
    state            smallint    NOT NULL,
    choices          jsonb       NOT NULL,
    -- The survivor's profile before and after. Contact points are keyed hashes.
    before           jsonb       NOT NULL,
    after            jsonb       NOT NULL,
    -- Keyed hashes of the absorbed one's contact points, in their order. They lie with the survivor while it is in force.
    absorbed_points  jsonb       NOT NULL,
    -- The survivor's version that it made, which orders the merges of one survivor.
    survivor_version bigint      NOT NULL,
    actor            text        NOT NULL,
    create_time      timestamptz NOT NULL,
    undo_actor       text,
    undo_time        timestamptz,
    PRIMARY KEY (tenant_id, merge_id),
    FOREIGN KEY (tenant_id, survivor_id) REFERENCES candidates,
    FOREIGN KEY (tenant_id, absorbed_id) REFERENCES candidates
);
CREATE INDEX merges_by_time ON merges (tenant_id, create_time DESC, merge_id DESC);
CREATE INDEX merges_into ON merges (tenant_id, survivor_id, survivor_version) WHERE state = 1;
CREATE UNIQUE INDEX merges_one_each ON merges (tenant_id, absorbed_id) WHERE state = 1;

-- By what people are found who may be one: a spelling of the name with an employer or a school. Everybody who was looked at
-- has the key '' as well, so that those who were not are found. No foreign key, here and below: whoever looks for pairs
-- must not wait for those who hold the people.
CREATE TABLE identity_keys (
    tenant_id    uuid NOT NULL,
    key          text NOT NULL,
    candidate_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, candidate_id, key)
);
CREATE INDEX identity_keys_by_key ON identity_keys (tenant_id, key, candidate_id) WHERE key <> '';

-- Pairs of people who may be one. Of the two ids the smaller one stands first, so that a pair is one row.
CREATE TABLE duplicates (
    tenant_id       uuid        NOT NULL,
    duplicate_id    uuid        NOT NULL,
    first_id        uuid        NOT NULL,
    second_id       uuid        NOT NULL,
    -- 1 open, 2 dismissed, 3 merged.
    state           smallint    NOT NULL,
    score           smallint    NOT NULL,
    evidence        jsonb       NOT NULL,
    -- Kinds of evidence that are no part of the profiles: once told, they stay.
    told            smallint[]  NOT NULL,
    -- What it scored when it was dismissed.
    dismissed_score smallint    NOT NULL,
    reason          text        NOT NULL,
    actor           text        NOT NULL,
    create_time     timestamptz NOT NULL,
    update_time     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, duplicate_id),
    CONSTRAINT duplicates_one_pair UNIQUE (tenant_id, first_id, second_id)
);
CREATE INDEX duplicates_by_score ON duplicates (tenant_id, state, score DESC, duplicate_id DESC);
CREATE INDEX duplicates_of_second ON duplicates (tenant_id, second_id);
