-- Contact points that were forgotten with somebody who may come back, as tombstones had them: a row of a file that had its
-- effect before that has it again.
CREATE TABLE returned_contacts (
    tenant_id uuid     NOT NULL,
    kind      smallint NOT NULL,
    mark      bytea    NOT NULL,
    PRIMARY KEY (tenant_id, kind, mark)
);
