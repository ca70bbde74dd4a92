-- +goose Up

COMMENT ON SCHEMA frame IS 'What the read models stand in: which projections there are, and how far each has come.';

CREATE TABLE frame.checkpoint (
    schema            text COLLATE "C" PRIMARY KEY,
    name              text COLLATE "C" NOT NULL,
    version           integer     NOT NULL,
    live              boolean     NOT NULL DEFAULT false,
    definition_sha256 text        NOT NULL,
    epoch             text        NOT NULL DEFAULT '',
    owner             text        NOT NULL DEFAULT '',
    position          bigint      NOT NULL DEFAULT 0,
    event_id          text        NOT NULL DEFAULT '',
    updated_at        timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50); -- every batch of every projection updates its row in place

-- Readers see one version of a projection.
CREATE UNIQUE INDEX checkpoint_live ON frame.checkpoint (name) WHERE live;

COMMENT ON TABLE  frame.checkpoint                   IS 'How far each projection has come. A row moves in the same transaction as the rows of its projection.';
COMMENT ON COLUMN frame.checkpoint.schema            IS 'Schema of the projection''s tables: p_<name>_<version>, or another one where a replay is being built beside it.';
COMMENT ON COLUMN frame.checkpoint.name              IS 'Name of the projection.';
COMMENT ON COLUMN frame.checkpoint.version           IS 'Version of the projection''s tables.';
COMMENT ON COLUMN frame.checkpoint.live              IS 'Whether the views in schema read show this version.';
COMMENT ON COLUMN frame.checkpoint.definition_sha256 IS 'SHA-256 of the tables'' and views'' definition; where it differs from the program''s, the views are made anew.';
COMMENT ON COLUMN frame.checkpoint.epoch             IS 'The log that was projected; a log that was lost and started again has another epoch.';
COMMENT ON COLUMN frame.checkpoint.owner             IS 'The process that may move the checkpoint. Another one takes over by writing its own name here.';
COMMENT ON COLUMN frame.checkpoint.position          IS 'Position in the log of the last event that was projected, 0 for none.';
COMMENT ON COLUMN frame.checkpoint.event_id          IS 'Id of that event, to see that the log is still the same one.';
COMMENT ON COLUMN frame.checkpoint.updated_at        IS 'When the checkpoint last moved, by the database''s clock. For operators; nothing is decided by it.';

CREATE SCHEMA private;
COMMENT ON SCHEMA private IS 'What can not be rebuilt from the log: accounts, sessions, tokens, drafts. It is backed up and never rebuilt.';

CREATE SCHEMA read;
COMMENT ON SCHEMA read IS 'The views that readers use. Each shows the live version of a projection; columns are only ever added to a view, at its end.';

COMMENT ON TABLE  frame.goose_db_version            IS 'Which migrations have run, in the form of the library that runs them.';
COMMENT ON COLUMN frame.goose_db_version.id         IS 'Number of the row.';
COMMENT ON COLUMN frame.goose_db_version.version_id IS 'Number of the migration.';
COMMENT ON COLUMN frame.goose_db_version.is_applied IS 'Whether it was applied.';
COMMENT ON COLUMN frame.goose_db_version.tstamp     IS 'When it ran, by the database''s clock.';
