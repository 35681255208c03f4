-- Searches that somebody keeps.
CREATE TABLE saved_searches (
    tenant_id        uuid        NOT NULL,
    saved_search_id  uuid        NOT NULL,
    owner            text        NOT NULL,
    name             text        NOT NULL,
    query            text        NOT NULL,
    -- The filter as it was sent, in protobuf.
    filter           bytea       NOT NULL,
    shared           boolean     NOT NULL,
    watch_state      smallint    NOT NULL,
    watch_start_time timestamptz,
    version          bigint      NOT NULL,
    create_time      timestamptz NOT NULL,
    update_time      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, saved_search_id)
);
CREATE INDEX saved_searches_by_time ON saved_searches (tenant_id, create_time, saved_search_id);

-- Who matches a watched search, or did: those who matched when the watch began, and those of whom somebody was told.
CREATE TABLE watched_people (
    tenant_id       uuid        NOT NULL,
    saved_search_id uuid        NOT NULL,
    candidate_id    uuid        NOT NULL,
    -- Whether they match now.
    holds           boolean     NOT NULL,
    -- When somebody was last told of them; null for those who were there from the beginning.
    told_time       timestamptz,
    PRIMARY KEY (tenant_id, saved_search_id, candidate_id),
    FOREIGN KEY (tenant_id, saved_search_id) REFERENCES saved_searches ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, candidate_id) REFERENCES candidates ON DELETE CASCADE
);
CREATE INDEX watched_people_by_person ON watched_people (tenant_id, candidate_id);

-- Of whom somebody was told.
CREATE TABLE saved_search_matches (
    tenant_id       uuid        NOT NULL,
    match_id        uuid        NOT NULL,
    saved_search_id uuid        NOT NULL,
    candidate_id    uuid        NOT NULL,
    time            timestamptz NOT NULL,
    seen_time       timestamptz,
    PRIMARY KEY (tenant_id, match_id),
    FOREIGN KEY (tenant_id, saved_search_id) REFERENCES saved_searches ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, candidate_id) REFERENCES candidates ON DELETE CASCADE
);
CREATE INDEX saved_search_matches_by_time ON saved_search_matches (tenant_id, saved_search_id, time, match_id);
CREATE INDEX saved_search_matches_by_person ON saved_search_matches (tenant_id, candidate_id);

-- What is to be done for watches: one to be begun (kind 1, a saved search), somebody to be held against them (kind 2, a
-- candidate). A row goes in the transaction that has done it.
CREATE TABLE watch_work (
    tenant_id  uuid     NOT NULL,
    kind       smallint NOT NULL,
    subject_id uuid     NOT NULL,
    PRIMARY KEY (tenant_id, kind, subject_id)
);
