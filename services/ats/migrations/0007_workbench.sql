-- Whose a task is, until when it is put aside, and which state of it this is.
ALTER TABLE tasks
    ADD COLUMN job_id       uuid,
    ADD COLUMN cause_time   timestamptz,
    ADD COLUMN assignee     text,
    ADD COLUMN assigned_by  text,
    ADD COLUMN assign_time  timestamptz,
    ADD COLUMN snooze_until timestamptz,
    ADD COLUMN snoozed_by   text,
    ADD COLUMN snooze_time  timestamptz,
    ADD COLUMN version      bigint   NOT NULL DEFAULT 1,
    -- The last step.
    ADD COLUMN step         smallint NOT NULL DEFAULT 1,
    ADD COLUMN step_actor   text     NOT NULL DEFAULT 'service:ats',
    ADD COLUMN step_time    timestamptz;
UPDATE tasks t SET job_id = a.job_id
FROM applications a WHERE a.tenant_id = t.tenant_id AND a.application_id = t.application_id;
UPDATE tasks SET version = 2, step = 8, step_actor = coalesce(done_by, step_actor), step_time = done_time WHERE state = 3;

-- Whose list it stands in: whoever has claimed it, and else whom it is assigned to.
CREATE INDEX tasks_held ON tasks (tenant_id, (coalesce(claimed_by, assignee)), due_time, task_id) WHERE state <> 3;
CREATE INDEX tasks_of_job ON tasks (tenant_id, job_id, due_time, task_id) WHERE state <> 3;

-- What was done to a task. Append-only.
CREATE TABLE task_steps (
    tenant_id  uuid        NOT NULL,
    task_id    uuid        NOT NULL,
    -- The task's version that it made.
    version    bigint      NOT NULL,
    kind       smallint    NOT NULL,
    actor      text        NOT NULL,
    time       timestamptz NOT NULL,
    assignee   text,
    until_time timestamptz,
    PRIMARY KEY (tenant_id, task_id, version),
    FOREIGN KEY (tenant_id, task_id) REFERENCES tasks
);
