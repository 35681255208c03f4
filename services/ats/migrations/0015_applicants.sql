-- Whom ats knows is asked of many people at once.
CREATE INDEX applications_by_origin ON applications (tenant_id, origin_candidate_id) WHERE origin_candidate_id IS NOT NULL;
CREATE INDEX past_interviews_of_candidate ON past_interviews (tenant_id, candidate_id) WHERE candidate_id IS NOT NULL;
