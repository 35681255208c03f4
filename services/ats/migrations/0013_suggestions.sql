-- A task may be about a person of the pool who has no application.
ALTER TABLE tasks ALTER COLUMN application_id DROP NOT NULL;
