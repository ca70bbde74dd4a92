CREATE TABLE key (
    position        bigint           PRIMARY KEY,
    recordedtime    timestamptz      NOT NULL,
    fingerprint     text COLLATE "C" NOT NULL,
    unit            text COLLATE "C" NOT NULL,
    person          text COLLATE "C" NOT NULL,
    public_key      text             NOT NULL,
    not_before      timestamptz,
    not_before_text text,
    not_after       timestamptz,
    not_after_text  text
);

COMMENT ON TABLE  key                 IS 'Registrations of public keys. Of several of one key the first counts.';
COMMENT ON COLUMN key.position        IS 'Position of the event in the log.';
COMMENT ON COLUMN key.recordedtime    IS 'When the log took it.';
COMMENT ON COLUMN key.fingerprint     IS 'SHA-256 of the key as ssh-keygen -l prints it.';
COMMENT ON COLUMN key.unit            IS 'Unit that the key signs for.';
COMMENT ON COLUMN key.person          IS 'Ref of the person whose key it is.';
COMMENT ON COLUMN key.public_key      IS 'The public key as OpenSSH writes it.';
COMMENT ON COLUMN key.not_before      IS 'From when on it is valid.';
COMMENT ON COLUMN key.not_before_text IS 'The same moment as it was written.';
COMMENT ON COLUMN key.not_after       IS 'Until when it is valid.';
COMMENT ON COLUMN key.not_after_text  IS 'The same moment as it was written.';

CREATE TABLE key_confirmation (
    position          bigint           PRIMARY KEY,
    recordedtime      timestamptz      NOT NULL,
    fingerprint       text COLLATE "C" NOT NULL,
    predecessor       text COLLATE "C",
    minutes_sd        text COLLATE "C",
    evidence          jsonb            NOT NULL,
    confirmed_by      text COLLATE "C" NOT NULL,
    confirmed_at      timestamptz,
    confirmed_at_text text
);

COMMENT ON TABLE  key_confirmation                   IS 'Confirmations of keys. Whether one is worth something is judged from the log: thidua key list.';
COMMENT ON COLUMN key_confirmation.position          IS 'Position of the event in the log.';
COMMENT ON COLUMN key_confirmation.recordedtime      IS 'When the log took it.';
COMMENT ON COLUMN key_confirmation.fingerprint       IS 'The key that is confirmed.';
COMMENT ON COLUMN key_confirmation.predecessor       IS 'The key that signed the confirmation; null where it is by minutes.';
COMMENT ON COLUMN key_confirmation.minutes_sd        IS 'Digest of what names the minutes; the text is erasable.';
COMMENT ON COLUMN key_confirmation.evidence          IS 'Scans of the minutes: array of {sha256, size in bytes, mediatype, name {sd: digest of the file''s name}}.';
COMMENT ON COLUMN key_confirmation.confirmed_by      IS 'Ref of the person who says so.';
COMMENT ON COLUMN key_confirmation.confirmed_at      IS 'When it was confirmed.';
COMMENT ON COLUMN key_confirmation.confirmed_at_text IS 'The same moment as it was written.';

CREATE TABLE key_revocation (
    position          bigint           PRIMARY KEY,
    recordedtime      timestamptz      NOT NULL,
    fingerprint       text COLLATE "C" NOT NULL,
    revoked_from      timestamptz,
    revoked_from_text text,
    revoked_by        text COLLATE "C" NOT NULL,
    reason_sd         text COLLATE "C"
);

COMMENT ON TABLE  key_revocation                   IS 'Revocations of keys.';
COMMENT ON COLUMN key_revocation.position          IS 'Position of the event in the log.';
COMMENT ON COLUMN key_revocation.recordedtime      IS 'When the log took it.';
COMMENT ON COLUMN key_revocation.fingerprint       IS 'The key that is revoked.';
COMMENT ON COLUMN key_revocation.revoked_from      IS 'From when on it counts no more.';
COMMENT ON COLUMN key_revocation.revoked_from_text IS 'The same moment as it was written.';
COMMENT ON COLUMN key_revocation.revoked_by        IS 'Ref of the person who revoked it.';
COMMENT ON COLUMN key_revocation.reason_sd         IS 'Digest of the reason; the text is erasable.';

CREATE TABLE signature (
    position         bigint           PRIMARY KEY,
    recordedtime     timestamptz      NOT NULL,
    season           text COLLATE "C" NOT NULL,
    signed_position  bigint           NOT NULL,
    statement_sha256 text COLLATE "C",
    signer           text COLLATE "C" NOT NULL,
    role_sd          text COLLATE "C",
    signed_at        timestamptz,
    signed_at_text   text,
    form             text COLLATE "C" NOT NULL,
    fingerprint      text COLLATE "C",
    evidence         jsonb            NOT NULL
);

COMMENT ON TABLE  signature                  IS 'Signatures under pledges, final rankings and awards. What one is worth is judged from the log: thidua signature list.';
COMMENT ON COLUMN signature.position         IS 'Position of the event in the log.';
COMMENT ON COLUMN signature.recordedtime     IS 'When the log took it.';
COMMENT ON COLUMN signature.season           IS 'Season.';
COMMENT ON COLUMN signature.signed_position  IS 'Position of what is signed; of a pledge''s own signature the same as position.';
COMMENT ON COLUMN signature.statement_sha256 IS 'Digest of what the signature is over; null for a pledge''s own, whose table has its digests.';
COMMENT ON COLUMN signature.signer           IS 'Ref of the person who signed.';
COMMENT ON COLUMN signature.role_sd          IS 'Digest of the signer''s role; the text is erasable.';
COMMENT ON COLUMN signature.signed_at        IS 'When it was signed, by its own word.';
COMMENT ON COLUMN signature.signed_at_text   IS 'The same moment as it was written.';
COMMENT ON COLUMN signature.form             IS 'paper; dsse or sshsig, made with a key; cms, a file of which nothing is judged here; or unknown.';
COMMENT ON COLUMN signature.fingerprint      IS 'The key that it says it is made with; null for paper and files.';
COMMENT ON COLUMN signature.evidence         IS 'Files of a CMS signature: array of {sha256, size in bytes, mediatype, name {sd: digest of the file''s name}}.';
