CREATE TABLE jobs (
    tenant_id       uuid        NOT NULL,
    job_id          uuid        NOT NULL,
    title           text        NOT NULL,
    company_name    text        NOT NULL,
    location        text        NOT NULL,
    description     text        NOT NULL,
    required_skills text[]      NOT NULL,
    openings        integer     NOT NULL,
    state           smallint    NOT NULL,
    stages          jsonb       NOT NULL,
    version         bigint      NOT NULL,
    create_time     timestamptz NOT NULL,
    update_time     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, job_id)
);
CREATE INDEX jobs_by_time ON jobs (tenant_id, create_time DESC, job_id DESC);

CREATE TABLE applications (
    tenant_id      uuid        NOT NULL,
    application_id uuid        NOT NULL,
    job_id         uuid        NOT NULL,
    -- Owned by talent.
    candidate_id   uuid        NOT NULL,
    stage          text        NOT NULL,
    state          smallint    NOT NULL,
    source         text        NOT NULL,
    version        bigint      NOT NULL,
    create_time    timestamptz NOT NULL,
    update_time    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, application_id),
    FOREIGN KEY (tenant_id, job_id) REFERENCES jobs
);
-- One live application (state 1, active) per person and job.
CREATE UNIQUE INDEX applications_one_live ON applications (tenant_id, job_id, candidate_id) WHERE state = 1;
CREATE INDEX applications_by_time ON applications (tenant_id, create_time DESC, application_id DESC);
CREATE INDEX applications_of_candidate ON applications (tenant_id, candidate_id);

-- Append-only.
CREATE TABLE transitions (
    tenant_id      uuid        NOT NULL,
    application_id uuid        NOT NULL,
    version        bigint      NOT NULL,
    from_stage     text        NOT NULL,
    to_stage       text        NOT NULL,
    to_state       smallint    NOT NULL,
    actor          text        NOT NULL,
    reason         text        NOT NULL,
    time           timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, application_id, version),
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications
);

CREATE TABLE interviews (
    tenant_id          uuid        NOT NULL,
    interview_id       uuid        NOT NULL,
    application_id     uuid        NOT NULL,
    job_id             uuid        NOT NULL,
    candidate_id       uuid        NOT NULL,
    stage              text        NOT NULL,
    attempt            integer     NOT NULL,
    state              smallint    NOT NULL,
    attendance         smallint    NOT NULL,
    start_time         timestamptz NOT NULL,
    duration_seconds   integer     NOT NULL,
    time_zone          text        NOT NULL,
    place              text        NOT NULL,
    link               text        NOT NULL,
    interviewers       jsonb       NOT NULL,
    materials          text[]      NOT NULL,
    contact_name       text        NOT NULL,
    contact_channel    text        NOT NULL,
    answer_by          timestamptz NOT NULL,
    offered_times      timestamptz[] NOT NULL,
    candidate_note     text        NOT NULL,
    team_introduction  text        NOT NULL,
    calendar_sequence  integer     NOT NULL,
    -- How many invitations were asked for, the version the last one was made from, and what became of it.
    invitations        integer     NOT NULL,
    invitation_version bigint      NOT NULL,
    invitation_state   smallint    NOT NULL,
    version            bigint      NOT NULL,
    create_time        timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, interview_id),
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications
);
CREATE INDEX interviews_by_start ON interviews (tenant_id, start_time, interview_id);
CREATE INDEX interviews_of_application ON interviews (tenant_id, application_id);

CREATE TABLE feedback (
    tenant_id      uuid        NOT NULL,
    interview_id   uuid        NOT NULL,
    author         text        NOT NULL,
    recommendation smallint    NOT NULL,
    note           text        NOT NULL,
    topics_asked   text[]      NOT NULL,
    create_time    timestamptz NOT NULL,
    CONSTRAINT feedback_one_each PRIMARY KEY (tenant_id, interview_id, author),
    FOREIGN KEY (tenant_id, interview_id) REFERENCES interviews
);

CREATE TABLE centre_links (
    tenant_id    uuid        NOT NULL,
    link_id      uuid        NOT NULL,
    interview_id uuid        NOT NULL,
    expire_time  timestamptz NOT NULL,
    revoke_time  timestamptz,
    PRIMARY KEY (tenant_id, link_id),
    FOREIGN KEY (tenant_id, interview_id) REFERENCES interviews
);

-- What is to happen at a time. One of each kind per interview; setting it again moves it.
CREATE TABLE timers (
    tenant_id    uuid        NOT NULL,
    interview_id uuid        NOT NULL,
    kind         smallint    NOT NULL,
    due_time     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, interview_id, kind),
    FOREIGN KEY (tenant_id, interview_id) REFERENCES interviews
);
CREATE INDEX timers_due ON timers (due_time);

CREATE TABLE tasks (
    tenant_id      uuid        NOT NULL,
    task_id        uuid        NOT NULL,
    kind           smallint    NOT NULL,
    state          smallint    NOT NULL,
    candidate_id   uuid        NOT NULL,
    application_id uuid        NOT NULL,
    interview_id   uuid        NOT NULL,
    why            text        NOT NULL,
    suggestion     text        NOT NULL,
    create_time    timestamptz NOT NULL,
    due_time       timestamptz NOT NULL,
    claimed_by     text,
    claim_time     timestamptz,
    done_by        text,
    done_time      timestamptz,
    PRIMARY KEY (tenant_id, task_id)
);
-- Open (1) or claimed (2): what the workbench lists. One of each kind per interview.
CREATE INDEX tasks_open ON tasks (tenant_id, due_time, task_id) WHERE state <> 3;
CREATE UNIQUE INDEX tasks_one_each ON tasks (tenant_id, interview_id, kind) WHERE state <> 3;
CREATE INDEX tasks_by_due ON tasks (tenant_id, due_time, task_id);
