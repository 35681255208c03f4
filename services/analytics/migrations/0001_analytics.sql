-- Facts from events alone. No personal data: ids only.
CREATE TABLE message_facts (
    tenant_id    uuid        NOT NULL,
    message_id   text        NOT NULL,
    kind         smallint    NOT NULL,
    template_id  text        NOT NULL,
    language     text        NOT NULL,
    interview_id text        NOT NULL,
    send_time    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, message_id)
);
CREATE INDEX message_facts_by_time ON message_facts (tenant_id, send_time);

-- Every answer of a candidate. Kept apart from the messages, since an answer may be heard of before its question.
CREATE TABLE answer_facts (
    tenant_id    uuid        NOT NULL,
    interview_id text        NOT NULL,
    time         timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, interview_id, time)
);

-- Who came, as it was recorded last.
CREATE TABLE attendance_facts (
    tenant_id    uuid        NOT NULL,
    interview_id text        NOT NULL,
    stage        text        NOT NULL,
    attendance   smallint    NOT NULL,
    start_time   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, interview_id)
);
CREATE INDEX attendance_facts_by_time ON attendance_facts (tenant_id, start_time);
