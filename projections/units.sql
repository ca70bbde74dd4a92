CREATE TABLE unit (
    unit         text COLLATE "C" PRIMARY KEY,
    position     bigint           NOT NULL,
    recordedtime timestamptz      NOT NULL,
    name_vi      text             NOT NULL,
    name_en      text,
    level        text             NOT NULL,
    parent       text COLLATE "C",
    code         text COLLATE "C"
);

COMMENT ON TABLE  unit              IS 'The register of organisational units.';
COMMENT ON COLUMN unit.unit         IS 'Id of the unit, the same for ever.';
COMMENT ON COLUMN unit.position     IS 'Position in the log from which on this is so.';
COMMENT ON COLUMN unit.recordedtime IS 'When the log took it.';
COMMENT ON COLUMN unit.name_vi      IS 'Name in Vietnamese.';
COMMENT ON COLUMN unit.name_en      IS 'Name in English, null where it has none.';
COMMENT ON COLUMN unit.level        IS 'Level, such as province or commune.';
COMMENT ON COLUMN unit.parent       IS 'Unit above it, null where there is none.';
COMMENT ON COLUMN unit.code         IS 'Administrative code, null where it has none.';
