-- +goose Up

ALTER TABLE frame.checkpoint ADD COLUMN fence bigint NOT NULL DEFAULT 0;

COMMENT ON COLUMN frame.checkpoint.owner IS 'The process that may move the checkpoint, under the fence beside it.';
COMMENT ON COLUMN frame.checkpoint.fence IS 'Fence of the lease under which the checkpoint is moved. It only grows: who moves it under an older one is too late.';

CREATE TABLE frame.lease (
    name          text COLLATE "C" PRIMARY KEY,
    owner         text COLLATE "C" NOT NULL DEFAULT '',
    fence         bigint           NOT NULL DEFAULT 0,
    term          interval         NOT NULL DEFAULT '0',
    expires_at    timestamptz      NOT NULL DEFAULT now(),
    backend_pid   integer,
    backend_start timestamptz,
    state         text             NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused')),
    cause         text             NOT NULL DEFAULT '' CHECK (cause IN ('', 'unknown-event', 'corrupt', 'unreachable', 'failed')),
    reason        text             NOT NULL DEFAULT '',
    since         timestamptz      NOT NULL DEFAULT now(),
    CHECK ((state = 'paused') = (cause <> ''))
) WITH (fillfactor = 50); -- every renewal updates its row in place

COMMENT ON TABLE  frame.lease               IS 'Which process does a work that only one may do at a time. Its owner renews the lease while it lives; another may take one that has run out.';
COMMENT ON COLUMN frame.lease.name          IS 'What is owned: p_<name>_<version>, a projection with its version.';
COMMENT ON COLUMN frame.lease.owner         IS 'The process that has the lease, empty where nobody has.';
COMMENT ON COLUMN frame.lease.fence         IS 'Grows with each change of owner. What is done under an older one is refused.';
COMMENT ON COLUMN frame.lease.term          IS 'How long the lease holds without being renewed.';
COMMENT ON COLUMN frame.lease.expires_at    IS 'When the lease runs out, by the database''s clock and no other.';
COMMENT ON COLUMN frame.lease.backend_pid   IS 'Process of the database that serves the owner''s session. The next owner ends it before he does anything.';
COMMENT ON COLUMN frame.lease.backend_start IS 'When that session began: a later session may have got the same number.';
COMMENT ON COLUMN frame.lease.state         IS 'active, or paused: the work could not go on for the cause and the reason beside it.';
COMMENT ON COLUMN frame.lease.cause         IS 'unknown-event: waits for a newer program; corrupt: something is not what it must be; unreachable: the log or the database is away; failed: any other.';
COMMENT ON COLUMN frame.lease.reason        IS 'Why it is paused, for operators, without anything that an event says.';
COMMENT ON COLUMN frame.lease.since         IS 'Since when it is in this state, by the database''s clock. For operators; nothing is decided by it.';

CREATE TABLE frame.worker (
    owner      text COLLATE "C" PRIMARY KEY,
    able       text[]      NOT NULL,
    expires_at timestamptz NOT NULL
) WITH (fillfactor = 50);

COMMENT ON TABLE  frame.worker            IS 'The processes that take leases. Each counts the others, to take no more than its share.';
COMMENT ON COLUMN frame.worker.owner      IS 'Name of the process, as in frame.lease.';
COMMENT ON COLUMN frame.worker.able       IS 'Names of the leases whose work it can do.';
COMMENT ON COLUMN frame.worker.expires_at IS 'Until when it counts, by the database''s clock; it says so again while it lives.';
