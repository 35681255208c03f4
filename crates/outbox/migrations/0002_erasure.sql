-- Subjects that are forgotten: what is still heard or asked of them is not written down.
CREATE TABLE erased_subject (
    tenant_id  uuid        NOT NULL,
    subject_id uuid        NOT NULL,
    erase_time timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, subject_id)
);
