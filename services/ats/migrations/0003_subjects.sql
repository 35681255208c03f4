-- Tasks and timers are about interviews, and about whatever else can wait for somebody: applications, offers.
ALTER TABLE timers DROP CONSTRAINT timers_tenant_id_interview_id_fkey;
ALTER TABLE timers RENAME COLUMN interview_id TO subject_id;

ALTER TABLE tasks ADD COLUMN subject_id uuid;
UPDATE tasks SET subject_id = interview_id;
ALTER TABLE tasks ALTER COLUMN subject_id SET NOT NULL, ALTER COLUMN interview_id DROP NOT NULL;
DROP INDEX tasks_one_each;
CREATE UNIQUE INDEX tasks_one_each ON tasks (tenant_id, subject_id, kind) WHERE state <> 3;
