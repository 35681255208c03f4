-- Interviews from before Usher: finished facts, of which nothing follows here.
CREATE TABLE past_interviews (
    tenant_id        uuid        NOT NULL,
    -- A hash of whatever tells the row from others, so that it is taken in once.
    row_key          text        NOT NULL,
    interview_id     uuid        NOT NULL,
    candidate_id     uuid,
    position         text        NOT NULL,
    stage            text        NOT NULL,
    start_time       timestamptz NOT NULL,
    time_zone        text        NOT NULL,
    attendance       smallint    NOT NULL,
    expected         smallint    NOT NULL,
    reminder_channel text        NOT NULL,
    actor            text        NOT NULL,
    create_time      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, row_key)
);
CREATE INDEX past_interviews_by_time ON past_interviews (tenant_id, start_time, interview_id);
