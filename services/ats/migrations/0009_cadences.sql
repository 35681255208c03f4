-- What happened about an interview, in the order in which it became known. Append-only. The subject is an interview.
CREATE TABLE moments (
    tenant_id  uuid        NOT NULL,
    subject_id uuid        NOT NULL,
    seq        integer     NOT NULL,
    time       timestamptz NOT NULL,
    content    jsonb       NOT NULL,
    PRIMARY KEY (tenant_id, subject_id, seq)
);

-- What is open goes on being followed up, by what its row tells of its history.
INSERT INTO moments (tenant_id, subject_id, seq, time, content)
SELECT tenant_id, interview_id, 1, create_time,
       jsonb_build_object('what', 'scheduled', 'start', to_char(start_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
FROM interviews WHERE state IN (1, 2, 3);
INSERT INTO moments (tenant_id, subject_id, seq, time, content)
SELECT tenant_id, interview_id, 2, create_time,
       jsonb_build_object('what', 'asked', 'sent', to_char(create_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
FROM interviews WHERE state IN (1, 2, 3) AND invitation_state = 1;
INSERT INTO moments (tenant_id, subject_id, seq, time, content)
SELECT tenant_id, interview_id, 3, create_time,
       jsonb_build_object('what', CASE state WHEN 2 THEN 'confirmed' ELSE 'other_time_requested' END)
FROM interviews WHERE state IN (2, 3);
-- Who was reminded already is not reminded again by the rule that has taken the timer's place.
INSERT INTO moments (tenant_id, subject_id, seq, time, content)
SELECT t.tenant_id, t.subject_id, 4, coalesce(t.end_time, t.due_time),
       jsonb_build_object('what', 'followed_up', 'rule', 'invitation_unanswered', 'episode', 1, 'nth', 1, 'how', 'sent')
FROM timers t JOIN interviews i ON i.tenant_id = t.tenant_id AND i.interview_id = t.subject_id
WHERE t.kind = 1 AND t.state = 2 AND i.state IN (1, 2, 3);
-- Each is looked at once, and what is right by the rules is planned.
INSERT INTO timers (tenant_id, subject_id, kind, due_time)
SELECT tenant_id, interview_id, 1, create_time FROM interviews WHERE state IN (1, 2) AND start_time > now()
ON CONFLICT (tenant_id, subject_id, kind) DO UPDATE SET due_time = excluded.due_time, state = 1, end_time = NULL;

CREATE INDEX interviews_missed ON interviews (tenant_id, start_time, interview_id) WHERE attendance IN (3, 4);
