-- +goose Up

CREATE TABLE private.task (
    id                text COLLATE "C" PRIMARY KEY,
    kind              text COLLATE "C" NOT NULL,
    args              jsonb       NOT NULL,
    key               text COLLATE "C" NOT NULL DEFAULT '',
    asked_by          text        NOT NULL,
    state             text        NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'dead')),
    again             boolean     NOT NULL DEFAULT false,
    attempts          integer     NOT NULL DEFAULT 0,
    losses            integer     NOT NULL DEFAULT 0,
    done              bigint      NOT NULL DEFAULT 0,
    total             bigint      NOT NULL DEFAULT 0,
    reason_vi         text        NOT NULL DEFAULT '',
    reason_en         text        NOT NULL DEFAULT '',
    owner             text        NOT NULL DEFAULT '',
    fence             bigint      NOT NULL DEFAULT 0,
    result_name       text        NOT NULL DEFAULT '',
    result_sha256     text        NOT NULL DEFAULT '',
    result_size       bigint      NOT NULL DEFAULT 0,
    result_expires_at timestamptz,
    asked_at          timestamptz NOT NULL DEFAULT now(),
    due_at            timestamptz NOT NULL DEFAULT now(),
    started_at        timestamptz,
    beat_at           timestamptz,
    ended_at          timestamptz,
    CHECK ((ended_at IS NULL) = (state IN ('queued', 'running')))
) WITH (fillfactor = 50); -- each beat updates its row in place

-- Of one kind and key only one task lives at a time.
CREATE UNIQUE INDEX task_live ON private.task (kind, key) WHERE key <> '' AND state IN ('queued', 'running');
-- What the sweep and the figures look for.
CREATE INDEX task_due ON private.task (due_at) WHERE state = 'queued';
CREATE INDEX task_state ON private.task (state, asked_at);

COMMENT ON TABLE  private.task                   IS 'What was asked to be done outside of a command: each task with its state. The queue carries ids only; what is queued here and not there is put there again.';
COMMENT ON COLUMN private.task.id                IS 'Name of the task: 16 characters drawn by chance.';
COMMENT ON COLUMN private.task.kind              IS 'What kind of work it is. A worker takes the kinds that it knows.';
COMMENT ON COLUMN private.task.args              IS 'What the work is to be done on, in the form of its kind. Nothing that names a person.';
COMMENT ON COLUMN private.task.key               IS 'Of one kind and key only one task is queued or running at a time; empty where that does not matter.';
COMMENT ON COLUMN private.task.asked_by          IS 'Who asked: an actor as in events, never an account or a name.';
COMMENT ON COLUMN private.task.state             IS 'queued, running, done; failed: it can not be done, and why is beside it; cancelled: by a person; dead: it was tried often enough.';
COMMENT ON COLUMN private.task.again             IS 'Asked for once more while it ran: it is queued again when it ends.';
COMMENT ON COLUMN private.task.attempts          IS 'How often in a row it was tried and failed.';
COMMENT ON COLUMN private.task.losses            IS 'How often in a row its worker was lost before it had got any further.';
COMMENT ON COLUMN private.task.done              IS 'How far it has come, in what its kind counts.';
COMMENT ON COLUMN private.task.total             IS 'How far it has to go, 0 where that is not known.';
COMMENT ON COLUMN private.task.reason_vi         IS 'Why it did not end well the last time, in Vietnamese; empty where nothing went wrong.';
COMMENT ON COLUMN private.task.reason_en         IS 'The same in English.';
COMMENT ON COLUMN private.task.owner             IS 'The process that runs it or ran it last.';
COMMENT ON COLUMN private.task.fence             IS 'Grows with each owner and with each cancellation. What is done under an older one is refused.';
COMMENT ON COLUMN private.task.result_name       IS 'File name of its result, empty where there is none.';
COMMENT ON COLUMN private.task.result_sha256     IS 'SHA-256 of the result, in hex.';
COMMENT ON COLUMN private.task.result_size       IS 'Size of the result in bytes.';
COMMENT ON COLUMN private.task.result_expires_at IS 'Until when the result is kept, null where the store keeps it for good. It goes before where a person was erased; then the name is empty.';
COMMENT ON COLUMN private.task.asked_at          IS 'When it was asked for, by the database''s clock, as all times here.';
COMMENT ON COLUMN private.task.due_at            IS 'Not to be run before this.';
COMMENT ON COLUMN private.task.started_at        IS 'When it was last begun.';
COMMENT ON COLUMN private.task.beat_at           IS 'When its owner last said that it lives.';
COMMENT ON COLUMN private.task.ended_at          IS 'When it was done, failed, cancelled or given up.';
