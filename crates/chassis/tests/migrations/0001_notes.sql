CREATE TABLE notes (
    tenant_id uuid NOT NULL,
    note_id   uuid NOT NULL,
    text      text NOT NULL,
    PRIMARY KEY (tenant_id, note_id)
);
