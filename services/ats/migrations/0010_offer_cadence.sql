-- What is followed up has one timer from its beginning to its end, which waits for ever while no rule is going to be due.
-- By which version of the tenant's settings it is planned tells which have to be planned anew when the rules change.
ALTER TABLE timers ADD COLUMN settings_version bigint NOT NULL DEFAULT 0;
CREATE INDEX timers_planned ON timers (tenant_id, settings_version) WHERE state = 1 AND kind IN (1, 11);

-- Open interviews for which nothing was planned.
INSERT INTO timers (tenant_id, subject_id, kind, due_time)
SELECT tenant_id, interview_id, 1, create_time FROM interviews WHERE state IN (1, 2, 3) AND start_time > now()
ON CONFLICT (tenant_id, subject_id, kind) DO UPDATE SET due_time = excluded.due_time, state = 1, end_time = NULL
WHERE timers.state <> 1;

-- Offers have a history as interviews have one. Those that are out are followed up from now on: their silence is counted
-- from the upgrade, so that it reminds nobody at once.
INSERT INTO moments (tenant_id, subject_id, seq, time, content)
SELECT tenant_id, offer_id, 1, send_time,
       jsonb_build_object('what', 'offer_sent', 'expire', terms ->> 'expire_time')
FROM offers WHERE send_time IS NOT NULL;
INSERT INTO moments (tenant_id, subject_id, seq, time, content)
SELECT tenant_id, offer_id, 2, message_time,
       jsonb_build_object('what', 'asked', 'sent',
           to_char(CASE state WHEN 4 THEN greatest(message_time, now()) ELSE message_time END AT TIME ZONE 'UTC',
                   'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
FROM offers WHERE send_time IS NOT NULL AND message_time IS NOT NULL;
INSERT INTO moments (tenant_id, subject_id, seq, time, content)
SELECT tenant_id, offer_id, 3, coalesce(answer_time, update_time),
       jsonb_build_object('what', CASE state WHEN 7 THEN 'offer_rescinded' WHEN 8 THEN 'offer_expired'
                                             ELSE 'offer_answered' END)
FROM offers WHERE send_time IS NOT NULL AND state IN (5, 6, 7, 8);
INSERT INTO timers (tenant_id, subject_id, kind, due_time)
SELECT tenant_id, offer_id, 11, now() FROM offers WHERE state = 4;
