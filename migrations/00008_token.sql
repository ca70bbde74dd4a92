-- +goose Up

CREATE TABLE private.token (
    name       text COLLATE "C" PRIMARY KEY,
    scope      text             NOT NULL CHECK (scope IN ('log', 'events')),
    sha256     text COLLATE "C" NOT NULL UNIQUE,
    made_at    timestamptz      NOT NULL,
    expires_at timestamptz
);

COMMENT ON TABLE  private.token            IS 'Who may read the events over HTTP. Of a token only its digest is kept: nobody who reads this can use it.';
COMMENT ON COLUMN private.token.name       IS 'Who has the token: a body or a system, not a person.';
COMMENT ON COLUMN private.token.scope      IS 'What may be read with it. log: the events of the sealed log, tile by tile; events: the feed.';
COMMENT ON COLUMN private.token.sha256     IS 'SHA-256 of the token, in hex. A token has 130 random bits, so it can''t be guessed from its digest.';
COMMENT ON COLUMN private.token.made_at    IS 'When it was made.';
COMMENT ON COLUMN private.token.expires_at IS 'From when on it is refused, null for never.';
