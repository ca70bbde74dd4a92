CREATE TABLE person (
    ref        text COLLATE "C" PRIMARY KEY,
    position   bigint           NOT NULL,
    account_sd text COLLATE "C",
    name_sd    text COLLATE "C"
);

COMMENT ON TABLE  person            IS 'Who is behind a ref. Account and name are digests here too: the texts are in one table, from which they are erased.';
COMMENT ON COLUMN person.ref        IS 'Ref that stands in events and in all other tables.';
COMMENT ON COLUMN person.position   IS 'Position of the event in the log.';
COMMENT ON COLUMN person.account_sd IS 'Digest of the account''s name.';
COMMENT ON COLUMN person.name_sd    IS 'Digest of the person''s name.';

CREATE TABLE text (
    digest   text COLLATE "C" PRIMARY KEY,
    position bigint           NOT NULL,
    text     text,
    erased   bigint
);

-- The planner would keep samples of the texts in its own tables, which are not emptied when a text is erased.
ALTER TABLE text ALTER COLUMN text SET STATISTICS 0;

COMMENT ON TABLE  text          IS 'The texts behind the digests in events: names, roles, reasons, notes, findings, file names. Personal; readers have no view of it.';
COMMENT ON COLUMN text.digest   IS 'Digest that stands in events.';
COMMENT ON COLUMN text.position IS 'Position in the log of the first event that it stands in.';
COMMENT ON COLUMN text.text     IS 'The text; null where it was erased.';
COMMENT ON COLUMN text.erased   IS 'Position in the log of the event that erased the text; null where none did.';

CREATE TABLE erasure (
    digest   text COLLATE "C" NOT NULL,
    position bigint           NOT NULL,
    PRIMARY KEY (digest, position)
);

COMMENT ON TABLE  erasure          IS 'What events erase: also texts whose own event is parked, and is taken later.';
COMMENT ON COLUMN erasure.digest   IS 'Digest of the text.';
COMMENT ON COLUMN erasure.position IS 'Position in the log of the event that erases it.';
