CREATE TABLE value (
    position          bigint           PRIMARY KEY,
    recordedtime      timestamptz      NOT NULL,
    season            text COLLATE "C" NOT NULL,
    unit              text COLLATE "C" NOT NULL,
    period            text COLLATE "C" NOT NULL,
    criterion         text COLLATE "C" NOT NULL,
    version           bigint           NOT NULL,
    corrected         boolean          NOT NULL,
    value             numeric          NOT NULL,
    value_text        text             NOT NULL,
    denominator       numeric,
    denominator_text  text,
    submitted_at      timestamptz,
    submitted_at_text text,
    submitted_by      text COLLATE "C" NOT NULL,
    evidence          jsonb            NOT NULL,
    reason_sd         text COLLATE "C",
    note_sd           text COLLATE "C"
);

COMMENT ON TABLE  value                   IS 'Every submission of every cell (unit, criterion, period), first or corrected. Of several the one with the latest submitted_at counts, unless the cell was verified.';
COMMENT ON COLUMN value.position          IS 'Position of the event in the log.';
COMMENT ON COLUMN value.recordedtime      IS 'When the log took it.';
COMMENT ON COLUMN value.season            IS 'Season.';
COMMENT ON COLUMN value.unit              IS 'Unit that reports.';
COMMENT ON COLUMN value.period            IS 'Period that is reported on.';
COMMENT ON COLUMN value.criterion         IS 'Criterion.';
COMMENT ON COLUMN value.version           IS 'Version of the report (the stream of unit and period) that the submission made.';
COMMENT ON COLUMN value.corrected         IS 'Whether it was recorded as a correction of an earlier submission of the cell.';
COMMENT ON COLUMN value.value             IS 'The value, exact; the numerator of a ratio.';
COMMENT ON COLUMN value.value_text        IS 'The value as it was written.';
COMMENT ON COLUMN value.denominator       IS 'The denominator of a ratio, exact; null for other kinds.';
COMMENT ON COLUMN value.denominator_text  IS 'The denominator as it was written.';
COMMENT ON COLUMN value.submitted_at      IS 'When it was submitted, by who submitted it.';
COMMENT ON COLUMN value.submitted_at_text IS 'The same moment as it was written.';
COMMENT ON COLUMN value.submitted_by      IS 'Ref of the person who submitted it.';
COMMENT ON COLUMN value.evidence          IS 'Files behind the value: array of {sha256, size in bytes, mediatype, name {sd: digest of the file''s name}}.';
COMMENT ON COLUMN value.reason_sd         IS 'Digest of the reason for the correction; the text is erasable.';
COMMENT ON COLUMN value.note_sd           IS 'Digest of a note; the text is erasable.';

CREATE TABLE verification (
    position         bigint           PRIMARY KEY,
    recordedtime     timestamptz      NOT NULL,
    season           text COLLATE "C" NOT NULL,
    unit             text COLLATE "C" NOT NULL,
    period           text COLLATE "C" NOT NULL,
    criterion        text COLLATE "C" NOT NULL,
    version          bigint           NOT NULL,
    value            numeric          NOT NULL,
    value_text       text             NOT NULL,
    denominator      numeric,
    denominator_text text,
    verified_at      timestamptz,
    verified_at_text text,
    inspector        text COLLATE "C" NOT NULL,
    finding_sd       text COLLATE "C"
);

COMMENT ON TABLE  verification                  IS 'Every inspector''s recount of a cell. The one with the latest verified_at replaces every submission of the cell.';
COMMENT ON COLUMN verification.position         IS 'Position of the event in the log.';
COMMENT ON COLUMN verification.recordedtime     IS 'When the log took it.';
COMMENT ON COLUMN verification.season           IS 'Season.';
COMMENT ON COLUMN verification.unit             IS 'Unit whose value was counted again.';
COMMENT ON COLUMN verification.period           IS 'Period of the value.';
COMMENT ON COLUMN verification.criterion        IS 'Criterion of the value.';
COMMENT ON COLUMN verification.version          IS 'Version of the report (the stream of unit and period) that the recount made.';
COMMENT ON COLUMN verification.value            IS 'What the inspector counted, exact; the numerator of a ratio.';
COMMENT ON COLUMN verification.value_text       IS 'The value as it was written.';
COMMENT ON COLUMN verification.denominator      IS 'The denominator of a ratio, exact; null for other kinds.';
COMMENT ON COLUMN verification.denominator_text IS 'The denominator as it was written.';
COMMENT ON COLUMN verification.verified_at      IS 'When it was verified, by the inspector.';
COMMENT ON COLUMN verification.verified_at_text IS 'The same moment as it was written.';
COMMENT ON COLUMN verification.inspector        IS 'Ref of the inspector.';
COMMENT ON COLUMN verification.finding_sd       IS 'Digest of the finding; the text is erasable.';

CREATE TABLE adjustment (
    position        bigint           PRIMARY KEY,
    recordedtime    timestamptz      NOT NULL,
    season          text COLLATE "C" NOT NULL,
    unit            text COLLATE "C" NOT NULL,
    kind            text COLLATE "C" NOT NULL,
    points          numeric          NOT NULL,
    points_text     text             NOT NULL,
    decided_at      timestamptz,
    decided_at_text text,
    decided_by      text COLLATE "C" NOT NULL,
    reason_sd       text COLLATE "C"
);

COMMENT ON TABLE  adjustment                 IS 'Bonus and penalty points that people decided. Penalties for late and absent reports follow from the calendar and are not here.';
COMMENT ON COLUMN adjustment.position        IS 'Position of the event in the log.';
COMMENT ON COLUMN adjustment.recordedtime    IS 'When the log took it.';
COMMENT ON COLUMN adjustment.season          IS 'Season.';
COMMENT ON COLUMN adjustment.unit            IS 'Unit.';
COMMENT ON COLUMN adjustment.kind            IS '"bonus" or "penalty".';
COMMENT ON COLUMN adjustment.points          IS 'Points, exact and never below 0.';
COMMENT ON COLUMN adjustment.points_text     IS 'The points as they were written.';
COMMENT ON COLUMN adjustment.decided_at      IS 'When it was decided.';
COMMENT ON COLUMN adjustment.decided_at_text IS 'The same moment as it was written.';
COMMENT ON COLUMN adjustment.decided_by      IS 'Ref of who decided it.';
COMMENT ON COLUMN adjustment.reason_sd       IS 'Digest of the reason; the text is erasable.';

CREATE TABLE extension (
    position        bigint           PRIMARY KEY,
    recordedtime    timestamptz      NOT NULL,
    season          text COLLATE "C" NOT NULL,
    unit            text COLLATE "C" NOT NULL,
    period          text COLLATE "C" NOT NULL,
    deadline        date             NOT NULL,
    granted_at      timestamptz,
    granted_at_text text,
    granted_by      text COLLATE "C" NOT NULL,
    reason_sd       text COLLATE "C",
    document_sd     text COLLATE "C"
);

COMMENT ON TABLE  extension                 IS 'A unit''s own later deadline for a period (an exception).';
COMMENT ON COLUMN extension.position        IS 'Position of the event in the log.';
COMMENT ON COLUMN extension.recordedtime    IS 'When the log took it.';
COMMENT ON COLUMN extension.season          IS 'Season.';
COMMENT ON COLUMN extension.unit            IS 'Unit.';
COMMENT ON COLUMN extension.period          IS 'Period.';
COMMENT ON COLUMN extension.deadline        IS 'The unit''s own deadline, a day in the season''s time zone that is still in time.';
COMMENT ON COLUMN extension.granted_at      IS 'When it was granted; null where no paper says when.';
COMMENT ON COLUMN extension.granted_at_text IS 'The same moment as it was written.';
COMMENT ON COLUMN extension.granted_by      IS 'Ref of who granted it.';
COMMENT ON COLUMN extension.reason_sd       IS 'Digest of the reason; the text is erasable.';
COMMENT ON COLUMN extension.document_sd     IS 'Digest of the document that grants it; the text is erasable.';
