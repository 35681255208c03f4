-- A template has a name within its kind and versions, each a draft (1), published (2) or archived (3), with its text in one
-- language or in both.
ALTER TABLE templates
    ADD COLUMN name         text        NOT NULL DEFAULT 'default',
    ADD COLUMN state        smallint    NOT NULL DEFAULT 3,
    ADD COLUMN revision     bigint      NOT NULL DEFAULT 1,
    ADD COLUMN update_time  timestamptz,
    ADD COLUMN publish_time timestamptz,
    ADD COLUMN archive_time timestamptz;

CREATE TABLE template_variants (
    tenant_id   uuid   NOT NULL,
    template_id uuid   NOT NULL,
    language    text   NOT NULL,
    subject     text   NOT NULL,
    body        text   NOT NULL,
    -- Variables that it prints though a message of its kind may lack them.
    needs       text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant_id, template_id, language),
    FOREIGN KEY (tenant_id, template_id) REFERENCES templates
);
INSERT INTO template_variants (tenant_id, template_id, language, subject, body)
SELECT tenant_id, template_id, language, subject, body FROM templates;

-- Versions were counted by language. Now the newest of a kind is in use, with the newest text of each language.
INSERT INTO template_variants (tenant_id, template_id, language, subject, body)
SELECT last.tenant_id, last.template_id, other.language, other.subject, other.body
FROM (SELECT DISTINCT ON (tenant_id, kind) tenant_id, kind, template_id FROM templates
      ORDER BY tenant_id, kind, create_time DESC, template_id DESC) last
JOIN (SELECT DISTINCT ON (tenant_id, kind, language) tenant_id, kind, language, subject, body FROM templates
      ORDER BY tenant_id, kind, language, version DESC) other
  ON other.tenant_id = last.tenant_id AND other.kind = last.kind
ON CONFLICT DO NOTHING;

DROP INDEX templates_version;
UPDATE templates t
SET version = counted.version, state = CASE counted.age WHEN 1 THEN 2 ELSE 3 END, update_time = t.create_time,
    publish_time = t.create_time, archive_time = CASE counted.age WHEN 1 THEN NULL ELSE t.create_time END
FROM (SELECT tenant_id, template_id,
             row_number() OVER (PARTITION BY tenant_id, kind ORDER BY create_time, template_id) AS version,
             row_number() OVER (PARTITION BY tenant_id, kind ORDER BY create_time DESC, template_id DESC) AS age
      FROM templates) counted
WHERE counted.tenant_id = t.tenant_id AND counted.template_id = t.template_id;

ALTER TABLE templates
    DROP COLUMN language,
    DROP COLUMN subject,
    DROP COLUMN body,
    ALTER COLUMN name DROP DEFAULT,
    ALTER COLUMN state DROP DEFAULT,
    ALTER COLUMN revision DROP DEFAULT,
    ALTER COLUMN update_time SET NOT NULL;
CREATE UNIQUE INDEX templates_version ON templates (tenant_id, kind, name, version);
CREATE UNIQUE INDEX templates_draft ON templates (tenant_id, kind, name) WHERE state = 1;
CREATE UNIQUE INDEX templates_published ON templates (tenant_id, kind, name) WHERE state = 2;
CREATE INDEX templates_by_time ON templates (tenant_id, create_time, template_id);

-- Texts of one kind that are compared: written down (1), running (2), stopped (3).
CREATE TABLE experiments (
    tenant_id     uuid        NOT NULL,
    experiment_id uuid        NOT NULL,
    kind          smallint    NOT NULL,
    display_name  text        NOT NULL,
    state         smallint    NOT NULL,
    create_time   timestamptz NOT NULL,
    start_time    timestamptz,
    stop_time     timestamptz,
    PRIMARY KEY (tenant_id, experiment_id)
);
CREATE UNIQUE INDEX experiments_running ON experiments (tenant_id, kind) WHERE state = 2;
CREATE INDEX experiments_by_time ON experiments (tenant_id, create_time DESC, experiment_id DESC);

CREATE TABLE experiment_arms (
    tenant_id     uuid    NOT NULL,
    experiment_id uuid    NOT NULL,
    place         integer NOT NULL,
    name          text    NOT NULL,
    template_id   text    NOT NULL,
    weight        integer NOT NULL,
    PRIMARY KEY (tenant_id, experiment_id, place),
    FOREIGN KEY (tenant_id, experiment_id) REFERENCES experiments
);

-- Which arm a person is in, and the number from 0 up to before 1 that was drawn for it.
CREATE TABLE experiment_members (
    tenant_id     uuid             NOT NULL,
    candidate_id  uuid             NOT NULL,
    experiment_id uuid             NOT NULL,
    arm           text             NOT NULL,
    draw          double precision NOT NULL,
    assign_time   timestamptz      NOT NULL,
    PRIMARY KEY (tenant_id, candidate_id, experiment_id),
    FOREIGN KEY (tenant_id, experiment_id) REFERENCES experiments
);
CREATE INDEX experiment_members_of ON experiment_members (tenant_id, experiment_id, arm);

-- The experiment that chose a message's text, and the arm.
ALTER TABLE messages
    ADD COLUMN experiment_id uuid,
    ADD COLUMN arm           text NOT NULL DEFAULT '';
