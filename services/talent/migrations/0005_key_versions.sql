-- A tenant's key has versions, so that it can be replaced while the service goes on: version 0 makes the blind index and
-- never changes (before the first replacement it is derived from version 1), the others seal.
ALTER TABLE tenant_keys ADD COLUMN version smallint NOT NULL DEFAULT 1;
-- Which of the installation's keys has wrapped it; '' when it was wrapped before they had names.
ALTER TABLE tenant_keys ADD COLUMN master_key text NOT NULL DEFAULT '';
-- From when on new values are sealed with it. By then every process has read it.
ALTER TABLE tenant_keys ADD COLUMN use_time timestamptz NOT NULL DEFAULT '-infinity';
ALTER TABLE tenant_keys DROP CONSTRAINT tenant_keys_pkey;
ALTER TABLE tenant_keys ADD PRIMARY KEY (tenant_id, version);

-- No value can be sealed with a version that is gone, and no version can go while a value needs it.
ALTER TABLE contact_points ADD COLUMN key_version smallint NOT NULL DEFAULT 1;
ALTER TABLE contact_points ADD FOREIGN KEY (tenant_id, key_version) REFERENCES tenant_keys (tenant_id, version);
CREATE INDEX contact_points_by_key ON contact_points (tenant_id, key_version);
