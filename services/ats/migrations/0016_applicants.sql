-- Whom ats knows is asked of many people at once; applications_made_for finds those who have applied.
CREATE INDEX past_interviews_of_candidate ON past_interviews (tenant_id, candidate_id) WHERE candidate_id IS NOT NULL;
