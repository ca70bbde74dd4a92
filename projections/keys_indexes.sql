CREATE INDEX key_unit ON key (unit);
CREATE INDEX key_confirmation_fingerprint ON key_confirmation (fingerprint);
CREATE INDEX key_revocation_fingerprint ON key_revocation (fingerprint);
CREATE INDEX signature_season ON signature (season);
