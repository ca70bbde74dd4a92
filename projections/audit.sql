CREATE TABLE audit (
    position     bigint           PRIMARY KEY,
    recordedtime timestamptz      NOT NULL,
    time         text,
    time_at      timestamptz,
    id           text COLLATE "C" NOT NULL,
    type         text COLLATE "C" NOT NULL,
    subject      text COLLATE "C" NOT NULL,
    season       text COLLATE "C",
    unit         text COLLATE "C",
    actor        text COLLATE "C" NOT NULL,
    command_id   text COLLATE "C" NOT NULL,
    payload      bytea            NOT NULL,
    sha256       bytea            NOT NULL
);

COMMENT ON TABLE  audit              IS 'The audit trail: every event of the log, also one whose type is not known, with the bytes as they stand there.';
COMMENT ON COLUMN audit.position     IS 'Position in the log.';
COMMENT ON COLUMN audit.recordedtime IS 'When the log took the event; never falls along the positions.';
COMMENT ON COLUMN audit.time         IS 'When it happened, as written by who says so; null where no paper says when.';
COMMENT ON COLUMN audit.time_at      IS 'The same moment.';
COMMENT ON COLUMN audit.id           IS 'Id of the event: <command id>.<n>.';
COMMENT ON COLUMN audit.type         IS 'CloudEvents type.';
COMMENT ON COLUMN audit.subject      IS 'Stream: <aggregate>/<season or _>/<unit or _>/<key or _>.';
COMMENT ON COLUMN audit.season       IS 'Season, null where the event belongs to none.';
COMMENT ON COLUMN audit.unit         IS 'Unit that the event is about, null where it is about none.';
COMMENT ON COLUMN audit.actor        IS 'Ref of the person, or system:<name>, that gave the command.';
COMMENT ON COLUMN audit.command_id   IS 'Command that the event came from.';
COMMENT ON COLUMN audit.payload      IS 'The event''s exact bytes, canonical JSON (RFC 8785).';
COMMENT ON COLUMN audit.sha256       IS 'SHA-256 of these bytes.';
