-- +goose Up

ALTER TABLE frame.checkpoint ADD COLUMN parkings bigint NOT NULL DEFAULT 0;

COMMENT ON COLUMN frame.checkpoint.parkings IS 'How often somebody other than the owner has changed what is parked. The owner looks again when it has moved.';

CREATE TABLE frame.parked (
    schema    text COLLATE "C" NOT NULL REFERENCES frame.checkpoint ON UPDATE CASCADE ON DELETE CASCADE,
    position  bigint           NOT NULL,
    stream    text COLLATE "C" NOT NULL,
    season    text COLLATE "C",
    event_id  text COLLATE "C" NOT NULL,
    type      text COLLATE "C" NOT NULL,
    sha256    text             NOT NULL,
    cause     text             NOT NULL CHECK (cause IN ('poison', 'behind')),
    error     text             NOT NULL,
    parked_at timestamptz      NOT NULL DEFAULT now(),
    PRIMARY KEY (schema, position)
);

CREATE INDEX parked_season ON frame.parked (season, position);

COMMENT ON TABLE  frame.parked           IS 'Events that a projection could not take, and those that lie behind them. Written in the transaction that moves the checkpoint past them.';
COMMENT ON COLUMN frame.parked.schema    IS 'Schema of the projection''s tables, as in frame.checkpoint.';
COMMENT ON COLUMN frame.parked.position  IS 'Position in the log.';
COMMENT ON COLUMN frame.parked.stream    IS 'Stream: <aggregate>/<season or _>/<unit or _>/<key or _>; log/_/_/_ where the event lies in none.';
COMMENT ON COLUMN frame.parked.season    IS 'Season, null where the event belongs to none. It is incomplete while this row is here.';
COMMENT ON COLUMN frame.parked.event_id  IS 'Id of the event, or sha256: and the digest of what is none.';
COMMENT ON COLUMN frame.parked.type      IS 'CloudEvents type, empty for what is no event.';
COMMENT ON COLUMN frame.parked.sha256    IS 'SHA-256 of the event''s bytes, in hex.';
COMMENT ON COLUMN frame.parked.cause     IS 'poison: the event itself could not be taken; behind: one before it could not.';
COMMENT ON COLUMN frame.parked.error     IS 'Why it could not be taken, without anything that the event says; empty where it is behind another.';
COMMENT ON COLUMN frame.parked.parked_at IS 'When it was parked, by the database''s clock. For operators; nothing is decided by it.';
