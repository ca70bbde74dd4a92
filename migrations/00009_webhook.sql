-- +goose Up

CREATE TABLE private.webhook (
    name          text COLLATE "C" PRIMARY KEY,
    url           text        NOT NULL,
    allow_private boolean     NOT NULL DEFAULT false,
    types         text[]      NOT NULL DEFAULT '{}',
    season        text        NOT NULL DEFAULT '',
    position      bigint      NOT NULL,
    event_id      text        NOT NULL DEFAULT '',
    state         text        NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused')),
    cause         text        NOT NULL DEFAULT '' CHECK (cause IN ('', 'asked', 'gone', 'exhausted', 'log', 'restored')),
    since         timestamptz NOT NULL,
    failures      integer     NOT NULL DEFAULT 0,
    rest_until    timestamptz,
    revision      bigint      NOT NULL DEFAULT 1,
    added_at      timestamptz NOT NULL,
    CHECK ((state = 'paused') = (cause <> ''))
) WITH (fillfactor = 50); -- it moves with every batch

COMMENT ON TABLE  private.webhook               IS 'Endpoints to which events are delivered over HTTP.';
COMMENT ON COLUMN private.webhook.name          IS 'Name that the operator gave it.';
COMMENT ON COLUMN private.webhook.url           IS 'Where to. Its query may be a secret: it is shown and logged nowhere.';
COMMENT ON COLUMN private.webhook.allow_private IS 'Whether the address may be a private or loopback one, and the scheme http.';
COMMENT ON COLUMN private.webhook.types         IS 'Types that it takes, such as vn.thidua.award.granted.v1, or award.granted for each version; empty for all.';
COMMENT ON COLUMN private.webhook.season        IS 'Season whose events it takes: _ for the events of none, empty for all.';
COMMENT ON COLUMN private.webhook.position      IS 'Position in the log up to which events were taken up for delivery.';
COMMENT ON COLUMN private.webhook.event_id      IS 'Id of the event at that position, to see that the log is still the same one; empty at position 0.';
COMMENT ON COLUMN private.webhook.state         IS 'active, or paused: nothing is read or delivered.';
COMMENT ON COLUMN private.webhook.cause         IS 'Why it is paused. asked: an operator did; gone: it answered 410; exhausted: an event could not be delivered for too long; log: the log is another; restored: it came from a backup.';
COMMENT ON COLUMN private.webhook.since         IS 'Since when it is in this state, by the clock of the process that changed it, as all times of webhooks.';
COMMENT ON COLUMN private.webhook.failures      IS 'Attempts that failed since one last succeeded.';
COMMENT ON COLUMN private.webhook.rest_until    IS 'After many failures in a row nothing is tried before this; null where it does not rest.';
COMMENT ON COLUMN private.webhook.revision      IS 'Grows with whatever an operator changes. Who delivers begins anew when it has.';
COMMENT ON COLUMN private.webhook.added_at      IS 'When it was added.';

CREATE TABLE private.webhook_secret (
    webhook    text COLLATE "C" NOT NULL REFERENCES private.webhook ON DELETE CASCADE,
    number     integer     NOT NULL,
    secret     text        NOT NULL,
    made_at    timestamptz NOT NULL,
    expires_at timestamptz,
    PRIMARY KEY (webhook, number)
);

COMMENT ON TABLE  private.webhook_secret            IS 'What deliveries are signed with: the current secret of each endpoint, and for a while the one before it.';
COMMENT ON COLUMN private.webhook_secret.webhook    IS 'The endpoint.';
COMMENT ON COLUMN private.webhook_secret.number     IS 'Grows with each rotation.';
COMMENT ON COLUMN private.webhook_secret.secret     IS 'The secret, in the form whsec_ and base64. It is printed once and shown nowhere else.';
COMMENT ON COLUMN private.webhook_secret.made_at    IS 'When it was made.';
COMMENT ON COLUMN private.webhook_secret.expires_at IS 'Until when it signs too after its rotation, null for the current one.';

CREATE TABLE private.webhook_pending (
    webhook       text COLLATE "C" NOT NULL REFERENCES private.webhook ON DELETE CASCADE,
    position      bigint           NOT NULL,
    stream        text COLLATE "C" NOT NULL,
    event_id      text COLLATE "C" NOT NULL,
    attempts      integer          NOT NULL DEFAULT 0,
    failing_since timestamptz,
    due_at        timestamptz      NOT NULL,
    dead          boolean          NOT NULL DEFAULT false,
    PRIMARY KEY (webhook, position)
);

COMMENT ON TABLE  private.webhook_pending               IS 'Events that were taken up for an endpoint and are not delivered yet. Of each stream only the first one is tried. Their bytes are read from the log.';
COMMENT ON COLUMN private.webhook_pending.webhook       IS 'The endpoint.';
COMMENT ON COLUMN private.webhook_pending.position      IS 'Position of the event in the log.';
COMMENT ON COLUMN private.webhook_pending.stream        IS 'Stream of the event: <aggregate>/<season or _>/<unit or _>/<key or _>.';
COMMENT ON COLUMN private.webhook_pending.event_id      IS 'Id of the event, which is the id of the message in each attempt.';
COMMENT ON COLUMN private.webhook_pending.attempts      IS 'Attempts that failed.';
COMMENT ON COLUMN private.webhook_pending.failing_since IS 'When the first of them failed, null where none has.';
COMMENT ON COLUMN private.webhook_pending.due_at        IS 'Not to be tried before this.';
COMMENT ON COLUMN private.webhook_pending.dead          IS 'Whether it was tried for as long as an event is tried. The endpoint is paused for it then.';

CREATE TABLE private.webhook_attempt (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook  text COLLATE "C" NOT NULL REFERENCES private.webhook ON DELETE CASCADE,
    position bigint,
    event_id text COLLATE "C" NOT NULL,
    at       timestamptz      NOT NULL,
    took_ms  integer          NOT NULL,
    status   integer          NOT NULL,
    outcome  text             NOT NULL CHECK (outcome IN ('delivered', 'failed', 'gone', 'dead', 'skipped')),
    fault    text             NOT NULL DEFAULT ''
);

CREATE INDEX webhook_attempt_of ON private.webhook_attempt (webhook, id);
CREATE INDEX webhook_attempt_at ON private.webhook_attempt (at);

COMMENT ON TABLE  private.webhook_attempt          IS 'What became of each attempt to deliver, for two weeks. Nothing of what the endpoint answered is kept but its status.';
COMMENT ON COLUMN private.webhook_attempt.id       IS 'Number of the row.';
COMMENT ON COLUMN private.webhook_attempt.webhook  IS 'The endpoint.';
COMMENT ON COLUMN private.webhook_attempt.position IS 'Position of the event in the log, null for a message that only tests the endpoint.';
COMMENT ON COLUMN private.webhook_attempt.event_id IS 'Id of the event, or of the test.';
COMMENT ON COLUMN private.webhook_attempt.at       IS 'When it began.';
COMMENT ON COLUMN private.webhook_attempt.took_ms  IS 'How long it took, in milliseconds.';
COMMENT ON COLUMN private.webhook_attempt.status   IS 'HTTP status of the answer, 0 where there was none.';
COMMENT ON COLUMN private.webhook_attempt.outcome  IS 'delivered; failed; gone: it answered 410; dead: failed, and for too long; skipped: an operator gave it up.';
COMMENT ON COLUMN private.webhook_attempt.fault    IS 'What was wrong where there was no answer, in a word: address, name, connect, tls, timeout, cut; given-up where it was skipped.';
