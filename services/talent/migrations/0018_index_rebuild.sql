-- How often an operator has asked that every process build its search index anew. Each compares the number with that of its
-- own index. It belongs to the installation and to no tenant, and has one row, once somebody has asked.
CREATE TABLE index_rebuild (
    only_row     boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
    number       bigint      NOT NULL,
    request_time timestamptz NOT NULL
);
