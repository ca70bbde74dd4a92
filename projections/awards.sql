CREATE TABLE ballot (
    position     bigint           PRIMARY KEY,
    recordedtime timestamptz      NOT NULL,
    season       text COLLATE "C" NOT NULL,
    award        text COLLATE "C" NOT NULL,
    unit         text COLLATE "C" NOT NULL,
    body         text COLLATE "C",
    held_at      timestamptz,
    held_at_text text,
    members      bigint           NOT NULL,
    present      bigint           NOT NULL,
    yes          bigint           NOT NULL,
    no           bigint           NOT NULL,
    blank        bigint           NOT NULL,
    invalid      bigint           NOT NULL
);

COMMENT ON TABLE  ballot              IS 'Counted secret ballots on awards. Only totals exist.';
COMMENT ON COLUMN ballot.position     IS 'Position of the event in the log.';
COMMENT ON COLUMN ballot.recordedtime IS 'When the log took it.';
COMMENT ON COLUMN ballot.season       IS 'Season.';
COMMENT ON COLUMN ballot.award        IS 'Award that was voted on.';
COMMENT ON COLUMN ballot.unit         IS 'Unit that was voted on.';
COMMENT ON COLUMN ballot.body         IS 'Who voted: "cluster" (the season''s members) or "council"; null where the award asks for no ballot.';
COMMENT ON COLUMN ballot.held_at      IS 'When it was held.';
COMMENT ON COLUMN ballot.held_at_text IS 'The same moment as it was written.';
COMMENT ON COLUMN ballot.members      IS 'Number of members of the body.';
COMMENT ON COLUMN ballot.present      IS 'Number of members present: yes + no + blank + invalid.';
COMMENT ON COLUMN ballot.yes          IS 'Votes for the award.';
COMMENT ON COLUMN ballot.no           IS 'Votes against it.';
COMMENT ON COLUMN ballot.blank        IS 'Blank votes.';
COMMENT ON COLUMN ballot.invalid      IS 'Invalid votes.';

CREATE TABLE award_granted (
    position        bigint           PRIMARY KEY,
    recordedtime    timestamptz      NOT NULL,
    season          text COLLATE "C" NOT NULL,
    award           text COLLATE "C" NOT NULL,
    unit            text COLLATE "C" NOT NULL,
    decision_number text             NOT NULL,
    decided_at      timestamptz,
    decided_at_text text,
    signer          text COLLATE "C" NOT NULL,
    competence_sd   text COLLATE "C",
    recorded_by     text COLLATE "C" NOT NULL
);

COMMENT ON TABLE  award_granted                 IS 'Awards that were granted, each by a numbered, signed decision.';
COMMENT ON COLUMN award_granted.position        IS 'Position of the event in the log.';
COMMENT ON COLUMN award_granted.recordedtime    IS 'When the log took it.';
COMMENT ON COLUMN award_granted.season          IS 'Season.';
COMMENT ON COLUMN award_granted.award           IS 'Award.';
COMMENT ON COLUMN award_granted.unit            IS 'Unit that it was granted to.';
COMMENT ON COLUMN award_granted.decision_number IS 'Number of the decision; one may carry several awards.';
COMMENT ON COLUMN award_granted.decided_at      IS 'When it was decided.';
COMMENT ON COLUMN award_granted.decided_at_text IS 'The same moment as it was written.';
COMMENT ON COLUMN award_granted.signer          IS 'Ref of the person who signed the decision.';
COMMENT ON COLUMN award_granted.competence_sd   IS 'Digest of the competence in which it was signed; the text is erasable.';
COMMENT ON COLUMN award_granted.recorded_by     IS 'Ref of who recorded it.';

CREATE TABLE hold (
    position        bigint           PRIMARY KEY,
    recordedtime    timestamptz      NOT NULL,
    season          text COLLATE "C" NOT NULL,
    unit            text COLLATE "C" NOT NULL,
    hold            text COLLATE "C" NOT NULL,
    from_day        date             NOT NULL,
    to_day          date,
    reason_sd       text COLLATE "C",
    document_sd     text COLLATE "C",
    lifted_position bigint,
    lifted_at       timestamptz,
    lifted_at_text  text,
    lifted_by       text COLLATE "C",
    lift_reason_sd  text COLLATE "C"
);

-- The projector itself looks holds up by it, so it does not wait for the end of a catch-up.
CREATE INDEX hold_unit ON hold (season, unit, hold);

COMMENT ON TABLE  hold                 IS 'Blocks on awards (discipline, investigation, open complaint).';
COMMENT ON COLUMN hold.position        IS 'Position in the log of the event that placed it.';
COMMENT ON COLUMN hold.recordedtime    IS 'When the log took it.';
COMMENT ON COLUMN hold.season          IS 'Season.';
COMMENT ON COLUMN hold.unit            IS 'Unit that gets no award meanwhile.';
COMMENT ON COLUMN hold.hold            IS 'Id of the hold.';
COMMENT ON COLUMN hold.from_day        IS 'First day, in the season''s time zone.';
COMMENT ON COLUMN hold.to_day          IS 'Last day; null where it holds until it is lifted.';
COMMENT ON COLUMN hold.reason_sd       IS 'Digest of the reason; the text is erasable.';
COMMENT ON COLUMN hold.document_sd     IS 'Digest of the document behind it; the text is erasable.';
COMMENT ON COLUMN hold.lifted_position IS 'Position of the event that lifted it; null where none did.';
COMMENT ON COLUMN hold.lifted_at       IS 'When it was lifted; that day is its last, unless to_day is earlier.';
COMMENT ON COLUMN hold.lifted_at_text  IS 'The same moment as it was written.';
COMMENT ON COLUMN hold.lifted_by       IS 'Ref of who lifted it.';
COMMENT ON COLUMN hold.lift_reason_sd  IS 'Digest of the reason for lifting it; the text is erasable.';
