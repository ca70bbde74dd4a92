-- +goose Up

-- What is there already was made with its indexes.
ALTER TABLE frame.checkpoint ADD COLUMN indexed boolean NOT NULL DEFAULT true;
ALTER TABLE frame.checkpoint ALTER COLUMN indexed SET DEFAULT false;

COMMENT ON COLUMN frame.checkpoint.indexed IS 'Whether the tables have their secondary indexes, which are made when they first catch up with the log.';
