CREATE TABLE pledge (
    season           text COLLATE "C" NOT NULL,
    unit             text COLLATE "C" NOT NULL,
    position         bigint           NOT NULL,
    targets_position bigint,
    targets          integer          NOT NULL,
    targets_sha256   text COLLATE "C",
    ruleset_sha256   text COLLATE "C",
    signed_position  bigint,
    signed_at        timestamptz,
    signed_at_text   text,
    signer           text COLLATE "C",
    role_sd          text COLLATE "C",
    signature        text,
    PRIMARY KEY (season, unit)
) WITH (fillfactor = 70);

COMMENT ON TABLE  pledge                  IS 'Each unit''s pledge for a season; its targets are in target.';
COMMENT ON COLUMN pledge.season           IS 'Season.';
COMMENT ON COLUMN pledge.unit             IS 'Unit.';
COMMENT ON COLUMN pledge.position         IS 'Position in the log of the pledge''s last event.';
COMMENT ON COLUMN pledge.targets_position IS 'Position of the event that set the targets; null where none did.';
COMMENT ON COLUMN pledge.targets          IS 'Number of targets.';
COMMENT ON COLUMN pledge.targets_sha256   IS 'Digest of the targets that the signature covers; null while the pledge is not signed.';
COMMENT ON COLUMN pledge.ruleset_sha256   IS 'Digest of the ruleset that the signature covers; null while the pledge is not signed.';
COMMENT ON COLUMN pledge.signed_position  IS 'Position of the signature; null while the pledge is not signed.';
COMMENT ON COLUMN pledge.signed_at        IS 'When it was signed.';
COMMENT ON COLUMN pledge.signed_at_text   IS 'The same moment as it was written.';
COMMENT ON COLUMN pledge.signer           IS 'Ref of the person who signed.';
COMMENT ON COLUMN pledge.role_sd          IS 'Digest of the signer''s role; the text is erasable.';
COMMENT ON COLUMN pledge.signature        IS 'The signature, or "paper" where it is on paper and can not be verified here.';

CREATE TABLE target (
    season      text COLLATE "C" NOT NULL,
    unit        text COLLATE "C" NOT NULL,
    criterion   text COLLATE "C" NOT NULL,
    position    bigint           NOT NULL,
    target      numeric,
    target_text text             NOT NULL,
    na          boolean          NOT NULL,
    PRIMARY KEY (season, unit, criterion)
);

COMMENT ON TABLE  target             IS 'The targets in force of each pledge. A criterion without a row has no target.';
COMMENT ON COLUMN target.season      IS 'Season.';
COMMENT ON COLUMN target.unit        IS 'Unit.';
COMMENT ON COLUMN target.criterion   IS 'Criterion.';
COMMENT ON COLUMN target.position    IS 'Position in the log of the event that set it.';
COMMENT ON COLUMN target.target      IS 'The target, exact; null where the criterion does not apply.';
COMMENT ON COLUMN target.target_text IS 'The target as it was written, or "na".';
COMMENT ON COLUMN target.na          IS 'Whether the criterion does not apply to the unit in the whole year.';

CREATE TABLE covenant (
    season           text COLLATE "C" PRIMARY KEY,
    position         bigint           NOT NULL,
    recordedtime     timestamptz      NOT NULL,
    in_force_at      timestamptz,
    in_force_at_text text
);

COMMENT ON TABLE  covenant                  IS 'Covenants in force: seasons of which every member has signed.';
COMMENT ON COLUMN covenant.season           IS 'Season.';
COMMENT ON COLUMN covenant.position         IS 'Position of the event in the log.';
COMMENT ON COLUMN covenant.recordedtime     IS 'When the log took it.';
COMMENT ON COLUMN covenant.in_force_at      IS 'When the covenant entered into force: the moment of the last signature.';
COMMENT ON COLUMN covenant.in_force_at_text IS 'The same moment as it was written.';
