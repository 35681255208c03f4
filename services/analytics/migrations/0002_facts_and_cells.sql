-- What was counted before is counted anew from the logs, by a consumer that begins at their beginning.
DROP TABLE message_facts;
DROP TABLE answer_facts;
DROP TABLE attendance_facts;
DELETE FROM outbox_cursor;
DELETE FROM dead_letter;

-- Whose figures are which. While one generation serves, another may be counted from the beginning of the logs.
CREATE TABLE generations (
    generation smallint    PRIMARY KEY CHECK (generation IN (0, 1)),
    -- The version of what is taken down and counted. A program writes only figures of its own version.
    version    integer     NOT NULL,
    -- 1 is being built, 2 serves.
    state      smallint    NOT NULL CHECK (state IN (1, 2)),
    begin_time timestamptz NOT NULL,
    serve_time timestamptz
);
CREATE UNIQUE INDEX generations_serving ON generations (state);

-- What was said, one row for each event and root, in the columns that the kind of fact has a use for. Ids alone, which lead
-- nowhere once those are forgotten who had to do with them. Never changed.
CREATE TABLE facts (
    tenant_id  uuid        NOT NULL,
    generation smallint    NOT NULL,
    -- What is looked at as a whole: an application with all that belongs to it; a job; a task; somebody's part in a campaign; a
    -- message or an interview that belongs to no application.
    root       uuid        NOT NULL,
    event_id   uuid        NOT NULL,
    kind       smallint    NOT NULL,
    -- When it happened.
    time       timestamptz NOT NULL,
    -- The place in its source's log, which orders what one service said of one thing.
    position   bigint      NOT NULL,
    -- What it happened to.
    subject    uuid        NOT NULL,
    -- The interview that a message is about.
    about      uuid,
    -- The kind's own codes, as the contract's enums number them.
    code       smallint,
    reason     smallint,
    flag       boolean,
    number     integer,
    -- The other instant that it tells: an interview's start, a due time.
    other_time timestamptz,
    stage      text,
    origin     text,
    template   text,
    version    text,
    language   text,
    channel    text,
    experiment text,
    arm        text,
    holder     text,
    time_zone  text,
    words      text[],
    PRIMARY KEY (tenant_id, generation, root, event_id)
) PARTITION BY LIST (generation);
-- Where an interview is, and which interviews are over: for forecasts and what they are learned from.
CREATE INDEX facts_scheduled ON facts (tenant_id, generation, subject) WHERE kind = 10;
CREATE INDEX facts_attendance ON facts (tenant_id, generation, time DESC, root) WHERE kind = 14;
-- By the time that the root's id carries (UUIDv7), so that whoever looks for a root looks in one partition.
CREATE TABLE facts_0 PARTITION OF facts FOR VALUES IN (0) PARTITION BY RANGE (root);
CREATE TABLE facts_1 PARTITION OF facts FOR VALUES IN (1) PARTITION BY RANGE (root);
CREATE TABLE facts_0_rest PARTITION OF facts_0 DEFAULT;
CREATE TABLE facts_1_rest PARTITION OF facts_1 DEFAULT;

-- Whose a root is, and to which job it belongs.
CREATE TABLE roots (
    tenant_id  uuid     NOT NULL,
    generation smallint NOT NULL,
    root       uuid     NOT NULL,
    person     uuid,
    job        uuid,
    PRIMARY KEY (tenant_id, generation, root)
) PARTITION BY LIST (generation);
CREATE TABLE roots_0 PARTITION OF roots FOR VALUES IN (0);
CREATE TABLE roots_1 PARTITION OF roots FOR VALUES IN (1);
CREATE INDEX roots_by_person ON roots (tenant_id, generation, person);
CREATE INDEX roots_by_job ON roots (tenant_id, generation, job);

-- Counts. Each follows from the facts of its generation and from nothing else; those of generation 2 were counted of people who
-- are forgotten since, and are nobody's.
CREATE TABLE cells (
    tenant_id  uuid     NOT NULL,
    generation smallint NOT NULL,
    -- What is counted, see `domain/cube.rs`.
    cube       smallint NOT NULL,
    -- How long a bucket is: 0 a day, 1 a month, all of UTC; every count stands in both.
    grain      smallint NOT NULL,
    -- Number of the bucket since 1970.
    bucket     integer  NOT NULL,
    key_id     bigint   NOT NULL,
    m1         integer  NOT NULL,
    m2         integer  NOT NULL,
    m3         integer  NOT NULL,
    m4         integer  NOT NULL,
    m5         integer  NOT NULL,
    m6         integer  NOT NULL,
    m7         integer  NOT NULL,
    m8         integer  NOT NULL,
    -- Of a day: of which quarters of an hour its counts are, see `domain/quarters.rs`.
    quarters   bytea    NOT NULL,
    PRIMARY KEY (tenant_id, generation, cube, grain, bucket, key_id)
) PARTITION BY LIST (generation);
CREATE TABLE cells_0 PARTITION OF cells FOR VALUES IN (0) WITH (fillfactor = 80);
CREATE TABLE cells_1 PARTITION OF cells FOR VALUES IN (1) WITH (fillfactor = 80);
CREATE TABLE cells_2 PARTITION OF cells FOR VALUES IN (2);

CREATE SEQUENCE cell_changes_number;
-- What many events changed at once, until it is added to the cells: in each row of one cube, the place and key of every change, and
-- the measures of all of them one after the other.
CREATE TABLE cell_changes (
    tenant_id  uuid      NOT NULL,
    generation smallint  NOT NULL,
    change_id  bigint    NOT NULL DEFAULT nextval('cell_changes_number'),
    cube       smallint  NOT NULL,
    -- Quarters of an hour since 1970.
    quarters   integer[] NOT NULL,
    key_ids    bigint[]  NOT NULL,
    measures   integer[] NOT NULL,
    PRIMARY KEY (tenant_id, generation, change_id)
) PARTITION BY LIST (generation);
CREATE TABLE cell_changes_0 PARTITION OF cell_changes FOR VALUES IN (0);
CREATE TABLE cell_changes_1 PARTITION OF cell_changes FOR VALUES IN (1);

-- What cells are told apart by.
CREATE TABLE cell_keys (
    tenant_id uuid     NOT NULL,
    cube      smallint NOT NULL,
    -- The cube's dimensions in its order, with U+001F between.
    key       text     NOT NULL COLLATE "C",
    key_id    bigint   GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (tenant_id, cube, key)
);
CREATE UNIQUE INDEX cell_keys_by_id ON cell_keys (tenant_id, key_id);

-- The first id of an instant, as UUIDv7 counts.
CREATE FUNCTION id_at(instant timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex(floor(extract(epoch FROM instant) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- Partitions for the quarters of a year around now. Those who serve own no table, so this works with its owner's rights. Where a
-- quarter has come before its partition, what was taken down stays in the rest, and so does the quarter.
CREATE FUNCTION add_partitions() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    quarter timestamptz;
    generation integer;
    part text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('analytics.add_partitions', 0));
    FOR quarter IN SELECT generate_series(date_trunc('quarter', now(), 'UTC'), now() + interval '6 months', interval '3 months') LOOP
        FOR generation IN 0..1 LOOP
            part := format('facts_%s_%s', generation, to_char(quarter AT TIME ZONE 'UTC', 'YYYY_Q'));
            CONTINUE WHEN to_regclass(part) IS NOT NULL;
            BEGIN
                EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', part,
                    format('facts_%s', generation), id_at(quarter), id_at(quarter + interval '3 months'));
            EXCEPTION WHEN check_violation THEN NULL;
            END;
        END LOOP;
    END LOOP;
END $$;
SELECT add_partitions();

-- Empties a generation that serves nobody any more.
CREATE FUNCTION clear_generation(cleared smallint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT FROM generations WHERE generation = cleared AND state = 2) THEN
        RAISE EXCEPTION 'generation % serves', cleared;
    END IF;
    EXECUTE format('TRUNCATE facts_%s, roots_%s, cells_%s, cell_changes_%s', cleared, cleared, cleared, cleared);
END $$;
REVOKE EXECUTE ON FUNCTION add_partitions(), clear_generation(smallint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION add_partitions(), clear_generation(smallint) TO usher_analytics_system;

-- What was learned of who comes, by tenant; the last one forecasts.
CREATE TABLE risk_models (
    tenant_id  uuid        NOT NULL,
    version    integer     NOT NULL,
    train_time timestamptz NOT NULL,
    model      jsonb       NOT NULL,
    PRIMARY KEY (tenant_id, version)
);

-- What a tenant has to do later: 1 its model learns, 2 its comparisons are looked at.
CREATE TABLE due (
    tenant_id  uuid        NOT NULL,
    task       smallint    NOT NULL,
    due_time   timestamptz NOT NULL,
    -- Until when somebody is at it; null again as soon as there is more to do.
    lease_time timestamptz,
    PRIMARY KEY (tenant_id, task)
);
CREATE INDEX due_next ON due (task, due_time);
