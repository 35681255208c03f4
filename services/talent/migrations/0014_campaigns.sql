-- Campaigns: what was said of each, as the contract has it, and how far it is.
CREATE TABLE campaigns (
    tenant_id   uuid        NOT NULL,
    campaign_id uuid        NOT NULL,
    spec        bytea       NOT NULL,
    state       smallint    NOT NULL,
    end_reason  smallint    NOT NULL,
    actor       text        NOT NULL,
    -- Who is in which group follows from it; empty before the start.
    seed        bytea       NOT NULL,
    -- The event that said that it began: its people are drawn from an index that has seen it.
    start_event uuid,
    -- Where the draw goes on, and how many people this pass over the segment has added.
    draw_place  bytea,
    draw_added  bigint      NOT NULL,
    version     bigint      NOT NULL,
    create_time timestamptz NOT NULL,
    start_time  timestamptz,
    assign_time timestamptz,
    stop_time   timestamptz,
    PRIMARY KEY (tenant_id, campaign_id)
);
CREATE INDEX campaigns_by_time ON campaigns (tenant_id, create_time DESC, campaign_id DESC);
-- Drawing (2), running (3) and paused (4): what time still changes.
CREATE INDEX campaigns_live ON campaigns (tenant_id, campaign_id) WHERE state IN (2, 3, 4);

-- The people of a campaign's segment, as it was when the campaign began.
CREATE TABLE campaign_members (
    tenant_id      uuid        NOT NULL,
    campaign_id    uuid        NOT NULL,
    candidate_id   uuid        NOT NULL,
    arm            smallint    NOT NULL,
    state          smallint    NOT NULL,
    reason         text        NOT NULL,
    -- How many messages were asked for, and how many went out.
    requested      smallint    NOT NULL,
    sent           smallint    NOT NULL,
    due_time       timestamptz,
    last_send_time timestamptz,
    outcome        smallint    NOT NULL,
    outcome_time   timestamptz,
    draw_time      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, campaign_id, candidate_id),
    FOREIGN KEY (tenant_id, campaign_id) REFERENCES campaigns,
    -- Who is forgotten is forgotten here as well.
    FOREIGN KEY (tenant_id, candidate_id) REFERENCES candidates ON DELETE CASCADE
);
CREATE INDEX campaign_members_of_candidate ON campaign_members (tenant_id, candidate_id);
CREATE INDEX campaign_members_due ON campaign_members (tenant_id, campaign_id, due_time) WHERE state = 3;
CREATE INDEX campaign_members_in_order ON campaign_members (tenant_id, campaign_id, draw_time, candidate_id);

-- The messages that were asked for. A row is written before outreach is asked, and goes when outreach says no.
CREATE TABLE campaign_messages (
    tenant_id    uuid        NOT NULL,
    campaign_id  uuid        NOT NULL,
    candidate_id uuid        NOT NULL,
    step         smallint    NOT NULL,
    request_time timestamptz NOT NULL,
    -- From when on outreach is asked again, when nobody has noted an answer; null once one is noted.
    try_time     timestamptz,
    -- Empty until outreach has taken it.
    message_id   text        NOT NULL,
    send_time    timestamptz,
    -- Outreach is to take it back, when it still can.
    recall       boolean     NOT NULL,
    PRIMARY KEY (tenant_id, campaign_id, candidate_id, step),
    FOREIGN KEY (tenant_id, campaign_id, candidate_id) REFERENCES campaign_members ON DELETE CASCADE
);
CREATE INDEX campaign_messages_of_candidate ON campaign_messages (tenant_id, candidate_id, request_time);
CREATE INDEX campaign_messages_by_time ON campaign_messages (tenant_id, campaign_id, request_time);
CREATE INDEX campaign_messages_open ON campaign_messages (tenant_id, campaign_id, try_time) WHERE try_time IS NOT NULL;
CREATE INDEX campaign_messages_recalled ON campaign_messages (tenant_id, campaign_id) WHERE recall;
