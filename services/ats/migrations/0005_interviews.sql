ALTER TABLE interviews
    -- Until when the offered times are held.
    ADD COLUMN hold_until            timestamptz,
    ADD COLUMN candidate_reschedules integer     NOT NULL DEFAULT 0,
    ADD COLUMN answer_reason         smallint    NOT NULL DEFAULT 0,
    ADD COLUMN cancel_time           timestamptz,
    ADD COLUMN cancel_reason         text        NOT NULL DEFAULT '',
    ADD COLUMN cancelled_in_time     boolean     NOT NULL DEFAULT false;

ALTER TABLE feedback ADD COLUMN ratings jsonb NOT NULL DEFAULT '[]';

-- For the equality of scalars in an exclusion constraint. Part of PostgreSQL's own distribution, and trusted: whoever may
-- create schemas in the database may create it.
CREATE EXTENSION IF NOT EXISTS btree_gist;

-- The places that interviews take in their interviewers' calendars.
CREATE TABLE bookings (
    tenant_id    uuid        NOT NULL,
    user_id      text        NOT NULL,
    interview_id uuid        NOT NULL,
    start_time   timestamptz NOT NULL,
    end_time     timestamptz NOT NULL,
    -- Until when an offered time is held; null for the time of the interview itself.
    hold_until   timestamptz,
    PRIMARY KEY (tenant_id, user_id, start_time, interview_id),
    FOREIGN KEY (tenant_id, interview_id) REFERENCES interviews,
    -- Nobody is booked twice. One interview's own times may overlap: at most one of them comes true.
    CONSTRAINT bookings_once EXCLUDE USING gist (
        tenant_id WITH =, user_id WITH =, interview_id WITH <>, tstzrange(start_time, end_time) WITH &&
    )
);
CREATE INDEX bookings_of_interview ON bookings (tenant_id, interview_id);
-- What is ahead takes its place, first come first served: where two overlap already, nothing can be done about it here.
INSERT INTO bookings (tenant_id, user_id, interview_id, start_time, end_time)
SELECT DISTINCT tenant_id, met ->> 'user_id', interview_id, start_time,
       start_time + make_interval(secs => duration_seconds)
FROM interviews CROSS JOIN LATERAL jsonb_array_elements(interviewers) AS met
WHERE state IN (1, 2, 3) AND start_time > now() AND met ->> 'user_id' <> ''
ON CONFLICT DO NOTHING;

CREATE TABLE working_hours (
    tenant_id   uuid        NOT NULL,
    user_id     text        NOT NULL,
    content     jsonb       NOT NULL,
    update_time timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
);

-- What interviewers' own calendars say.
CREATE TABLE busy_times (
    tenant_id  uuid        NOT NULL,
    user_id    text        NOT NULL,
    start_time timestamptz NOT NULL,
    end_time   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, user_id, start_time, end_time)
);
