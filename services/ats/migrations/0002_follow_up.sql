-- A timer stays when it is over, so that what goes off once never goes off twice, and "why was this sent" has an answer.
-- State: 1 pending, 2 went off, 3 its cause went away.
ALTER TABLE timers
    ADD COLUMN state    smallint NOT NULL DEFAULT 1,
    ADD COLUMN end_time timestamptz;
DROP INDEX timers_due;
CREATE INDEX timers_due ON timers (due_time, tenant_id, interview_id, kind) WHERE state = 1;

-- True when place or link changed while the invitation was under way: the candidate is told when it has been sent.
ALTER TABLE interviews ADD COLUMN update_owed boolean NOT NULL DEFAULT false;
CREATE INDEX interviews_of_candidate ON interviews (tenant_id, candidate_id);

-- Append-only.
CREATE TABLE attendance_records (
    tenant_id    uuid        NOT NULL,
    interview_id uuid        NOT NULL,
    -- The interview's version that it made.
    version      bigint      NOT NULL,
    attendance   smallint    NOT NULL,
    corrects     smallint    NOT NULL,
    reason       text        NOT NULL,
    actor        text        NOT NULL,
    time         timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, interview_id, version),
    FOREIGN KEY (tenant_id, interview_id) REFERENCES interviews
);

CREATE INDEX centre_links_of_interview ON centre_links (tenant_id, interview_id);
CREATE INDEX tasks_of_candidate ON tasks (tenant_id, candidate_id);
