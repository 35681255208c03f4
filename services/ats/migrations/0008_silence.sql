-- When the turn last passed within an interview: its state or its start changed, or times were offered.
ALTER TABLE interviews ADD COLUMN turn_time timestamptz;
UPDATE interviews SET turn_time = create_time;
ALTER TABLE interviews ALTER COLUMN turn_time SET NOT NULL;

-- Whose turn it is. A row of its own beside the application, so that whoever holds an interview can write it without
-- waiting for who holds the application and waits for the interview: it is always locked last.
CREATE TABLE turns (
    tenant_id        uuid        NOT NULL,
    application_id   uuid        NOT NULL,
    -- Since when the application is live.
    live_time        timestamptz NOT NULL,
    -- The last word to the candidate that speaks of no interview.
    word_time        timestamptz,
    -- 1 ours, 2 the candidate's, 3 nobody's; NULL when the application has ended.
    turn             smallint,
    since            timestamptz NOT NULL,
    reason           smallint    NOT NULL,
    -- When it is decided again by itself.
    until            timestamptz,
    -- How often this wait has outlasted what the tenant allows, and by which version of its settings that is reckoned.
    breaches         integer     NOT NULL,
    settings_version bigint      NOT NULL,
    PRIMARY KEY (tenant_id, application_id),
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications
);
CREATE INDEX turns_longest ON turns (tenant_id, turn, since, application_id) WHERE turn IS NOT NULL;
CREATE INDEX turns_to_retime ON turns (tenant_id, settings_version, application_id) WHERE turn = 1;

INSERT INTO turns (tenant_id, application_id, live_time, turn, since, reason, breaches, settings_version)
SELECT a.tenant_id, a.application_id, live.time, CASE WHEN a.state = 1 THEN 1 END, live.time, 1, 0, 0
FROM applications a
CROSS JOIN LATERAL (
    SELECT coalesce(min(t.time), a.create_time) AS time FROM transitions t
    WHERE t.tenant_id = a.tenant_id AND t.application_id = a.application_id AND t.to_state = 1
      AND t.version > (SELECT coalesce(max(ended.version), 0) FROM transitions ended
                       WHERE ended.tenant_id = a.tenant_id AND ended.application_id = a.application_id
                         AND ended.to_state <> 1)
) live;
-- Whoever is live already is decided on as soon as somebody is there to do it.
INSERT INTO timers (tenant_id, subject_id, kind, due_time)
SELECT tenant_id, application_id, 8, since FROM turns WHERE turn IS NOT NULL;
