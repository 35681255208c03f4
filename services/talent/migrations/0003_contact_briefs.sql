-- What to know of a person before getting in touch, folded from what one service has told. A row per service: each is
-- followed in an order of its own, and two that are applied at once never wait for each other.
CREATE TABLE contact_briefs (
    tenant_id    uuid  NOT NULL,
    candidate_id uuid  NOT NULL,
    source       text  NOT NULL,
    content      jsonb NOT NULL,
    PRIMARY KEY (tenant_id, candidate_id, source)
);
