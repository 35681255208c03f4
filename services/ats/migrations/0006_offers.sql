CREATE TABLE offers (
    tenant_id       uuid        NOT NULL,
    offer_id        uuid        NOT NULL,
    application_id  uuid        NOT NULL,
    job_id          uuid        NOT NULL,
    candidate_id    uuid        NOT NULL,
    state           smallint    NOT NULL,
    terms           jsonb       NOT NULL,
    terms_version   integer     NOT NULL,
    approvers       text[]      NOT NULL,
    -- How often the chain has begun, and how many of it have agreed since it last did.
    round           integer     NOT NULL,
    agreed          integer     NOT NULL,
    contact_name    text        NOT NULL,
    contact_channel text        NOT NULL,
    author          text        NOT NULL,
    candidate_note  text        NOT NULL,
    send_time       timestamptz,
    message_time    timestamptz,
    answer_time     timestamptz,
    version         bigint      NOT NULL,
    create_time     timestamptz NOT NULL,
    update_time     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, offer_id),
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications
);
-- One open offer per application: draft (1), pending approval (2), approved (3), sent (4).
CREATE UNIQUE INDEX offers_one_open ON offers (tenant_id, application_id) WHERE state IN (1, 2, 3, 4);
CREATE INDEX offers_by_time ON offers (tenant_id, create_time DESC, offer_id DESC);
CREATE INDEX offers_of_application ON offers (tenant_id, application_id, create_time);

-- Append-only.
CREATE TABLE offer_transitions (
    tenant_id  uuid        NOT NULL,
    offer_id   uuid        NOT NULL,
    -- The offer's version that it made.
    version    bigint      NOT NULL,
    from_state smallint    NOT NULL,
    to_state   smallint    NOT NULL,
    actor      text        NOT NULL,
    reason     text        NOT NULL,
    time       timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, offer_id, version),
    FOREIGN KEY (tenant_id, offer_id) REFERENCES offers
);

-- Append-only: what was agreed to can be read back.
CREATE TABLE offer_terms (
    tenant_id     uuid        NOT NULL,
    offer_id      uuid        NOT NULL,
    terms_version integer     NOT NULL,
    terms         jsonb       NOT NULL,
    actor         text        NOT NULL,
    time          timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, offer_id, terms_version),
    FOREIGN KEY (tenant_id, offer_id) REFERENCES offers
);

-- Append-only. Everybody speaks once in a round.
CREATE TABLE offer_approvals (
    tenant_id     uuid        NOT NULL,
    offer_id      uuid        NOT NULL,
    round         integer     NOT NULL,
    place         integer     NOT NULL,
    approver      text        NOT NULL,
    approved      boolean     NOT NULL,
    reason        text        NOT NULL,
    terms_version integer     NOT NULL,
    time          timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, offer_id, round, place),
    FOREIGN KEY (tenant_id, offer_id, terms_version) REFERENCES offer_terms
);

CREATE TABLE onboardings (
    tenant_id       uuid        NOT NULL,
    onboarding_id   uuid        NOT NULL,
    offer_id        uuid        NOT NULL,
    application_id  uuid        NOT NULL,
    job_id          uuid        NOT NULL,
    candidate_id    uuid        NOT NULL,
    position_title  text        NOT NULL,
    start_date      date        NOT NULL,
    time_zone       text        NOT NULL,
    place           text        NOT NULL,
    contact_name    text        NOT NULL,
    contact_channel text        NOT NULL,
    joining         smallint    NOT NULL,
    -- Whether somebody was asked if they joined.
    asked           boolean     NOT NULL,
    -- How many reminders the candidate was sent.
    reminders       integer     NOT NULL,
    items           jsonb       NOT NULL,
    version         bigint      NOT NULL,
    create_time     timestamptz NOT NULL,
    update_time     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, onboarding_id),
    FOREIGN KEY (tenant_id, offer_id) REFERENCES offers
);
CREATE UNIQUE INDEX onboardings_one_each ON onboardings (tenant_id, offer_id);
CREATE INDEX onboardings_by_time ON onboardings (tenant_id, create_time DESC, onboarding_id DESC);
CREATE INDEX onboardings_of_application ON onboardings (tenant_id, application_id);

-- Append-only.
CREATE TABLE joining_records (
    tenant_id     uuid        NOT NULL,
    onboarding_id uuid        NOT NULL,
    -- The onboarding's version that it made.
    version       bigint      NOT NULL,
    joining       smallint    NOT NULL,
    corrects      smallint    NOT NULL,
    reason        text        NOT NULL,
    actor         text        NOT NULL,
    time          timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, onboarding_id, version),
    FOREIGN KEY (tenant_id, onboarding_id) REFERENCES onboardings
);

-- A link opens an interview, or an application that may have none.
ALTER TABLE centre_links ADD COLUMN application_id uuid, ALTER COLUMN interview_id DROP NOT NULL;
UPDATE centre_links SET application_id = interviews.application_id
FROM interviews
WHERE interviews.tenant_id = centre_links.tenant_id AND interviews.interview_id = centre_links.interview_id;
ALTER TABLE centre_links ALTER COLUMN application_id SET NOT NULL;
ALTER TABLE centre_links ADD FOREIGN KEY (tenant_id, application_id) REFERENCES applications;
CREATE INDEX centre_links_of_application ON centre_links (tenant_id, application_id);
