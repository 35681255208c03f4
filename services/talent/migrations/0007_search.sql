-- A tenant's own synonyms: lists of spellings that mean the same.
CREATE TABLE synonyms (
    tenant_id   uuid        PRIMARY KEY,
    groups      jsonb       NOT NULL,
    version     bigint      NOT NULL,
    update_time timestamptz NOT NULL
);

-- An index beside PostgreSQL searches now. What it was searched by here is written no more; programs of the version before
-- still write it while a new version is being rolled out, so that the columns go with a later one.
ALTER TABLE candidates ALTER COLUMN city_key SET DEFAULT '';
ALTER TABLE candidates ALTER COLUMN skill_keys SET DEFAULT '{}';
ALTER TABLE candidates ALTER COLUMN name_text SET DEFAULT '';
ALTER TABLE candidates ALTER COLUMN title_text SET DEFAULT '';
ALTER TABLE candidates ALTER COLUMN company_text SET DEFAULT '';
ALTER TABLE candidates ALTER COLUMN search_text SET DEFAULT '';
