-- What the probe saw, in the order in which it took effect. No key forbids a second time; the suite counts.
CREATE TABLE conformance_effect (
    tenant_id uuid    NOT NULL,
    seq       bigint  GENERATED ALWAYS AS IDENTITY,
    subject   text    NOT NULL,
    number    integer NOT NULL,
    PRIMARY KEY (tenant_id, seq)
);
