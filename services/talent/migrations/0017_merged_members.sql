-- Whether nothing is sent by a membership because another one speaks for the same person, since they were merged.
ALTER TABLE campaign_members ADD COLUMN silent boolean NOT NULL DEFAULT false;
-- People who were merged before there was this: whoever got the most messages goes on, of several the one drawn first.
UPDATE campaign_members m SET silent = true
FROM candidates c
WHERE c.tenant_id = m.tenant_id AND c.candidate_id = m.candidate_id AND m.state = 3
  AND EXISTS (SELECT FROM campaign_members o JOIN candidates p ON p.tenant_id = o.tenant_id AND p.candidate_id = o.candidate_id
              WHERE o.tenant_id = m.tenant_id AND o.campaign_id = m.campaign_id AND o.arm <> 0
                AND coalesce(p.merged_into, p.candidate_id) = coalesce(c.merged_into, c.candidate_id)
                AND (-o.requested, o.draw_time, o.candidate_id) < (-m.requested, m.draw_time, m.candidate_id));

-- Due (3) and requested (4): to whom a message may still go.
CREATE INDEX campaign_members_live ON campaign_members (tenant_id, campaign_id, candidate_id) WHERE state IN (3, 4);

-- Whoever holds people against watched searches must not wait for those who hold the people. Who is removed is taken out of
-- these by name.
ALTER TABLE watched_people DROP CONSTRAINT watched_people_tenant_id_candidate_id_fkey;
ALTER TABLE saved_search_matches DROP CONSTRAINT saved_search_matches_tenant_id_candidate_id_fkey;
