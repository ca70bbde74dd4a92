CREATE TABLE ranking (
    season         text COLLATE "C" PRIMARY KEY,
    position       bigint           NOT NULL,
    ruleset_sha256 text COLLATE "C",
    timezone       text             NOT NULL,
    day            date,
    turns          date,
    final          boolean          NOT NULL,
    importing      boolean          NOT NULL
) WITH (fillfactor = 70);

COMMENT ON TABLE  ranking                IS 'The current ranking of each season; its lines are in standing.';
COMMENT ON COLUMN ranking.season         IS 'Season.';
COMMENT ON COLUMN ranking.position       IS 'Position in the log of the season''s last event.';
COMMENT ON COLUMN ranking.ruleset_sha256 IS 'Digest of the ruleset; null before the season is opened.';
COMMENT ON COLUMN ranking.timezone       IS 'Time zone of the season''s days (IANA).';
COMMENT ON COLUMN ranking.day            IS 'Day that the ranking is of, in that zone: the day of the log''s last event, or the one it was finalised on. Null while there are no standings.';
COMMENT ON COLUMN ranking.turns          IS 'Next day on which a deadline or a hold can change the standings by itself; null where none will.';
COMMENT ON COLUMN ranking.final          IS 'Whether the ranking is finalised.';
COMMENT ON COLUMN ranking.importing      IS 'Whether a bundle is half imported; then there are no standings.';

CREATE TABLE standing (
    season           text COLLATE "C" NOT NULL,
    unit             text COLLATE "C" NOT NULL,
    position         bigint           NOT NULL,
    name_vi          text             NOT NULL,
    name_en          text,
    rank             integer          NOT NULL,
    total            numeric          NOT NULL,
    indicator_points numeric          NOT NULL,
    bonus            numeric          NOT NULL,
    penalty          numeric          NOT NULL,
    late             integer          NOT NULL,
    absent           integer          NOT NULL,
    verified_share   numeric          NOT NULL,
    tier             text COLLATE "C" NOT NULL,
    eligible         boolean          NOT NULL,
    PRIMARY KEY (season, unit)
) WITH (fillfactor = 70);

CREATE INDEX standing_unit ON standing (unit);

COMMENT ON TABLE  standing                  IS 'One line of a season''s current ranking: a member''s total and what it is made of.';
COMMENT ON COLUMN standing.season           IS 'Season.';
COMMENT ON COLUMN standing.unit             IS 'Member.';
COMMENT ON COLUMN standing.position         IS 'Position in the log of the season''s last event.';
COMMENT ON COLUMN standing.name_vi          IS 'The unit''s name in Vietnamese.';
COMMENT ON COLUMN standing.name_en          IS 'The unit''s name in English, null where it has none.';
COMMENT ON COLUMN standing.rank             IS 'Rank; equal units share one, and the next rank skips.';
COMMENT ON COLUMN standing.total            IS 'Indicator points plus bonus minus penalty, not below 0 nor above the ruleset''s scale, in points.';
COMMENT ON COLUMN standing.indicator_points IS 'Sum of the item points, scaled to the full ruleset where a criterion does not apply to the unit.';
COMMENT ON COLUMN standing.bonus            IS 'Bonus points, exact, capped by the ruleset.';
COMMENT ON COLUMN standing.penalty          IS 'Penalty points, exact, those for late and absent reports included.';
COMMENT ON COLUMN standing.late             IS 'Number of reports that came late.';
COMMENT ON COLUMN standing.absent           IS 'Number of reports that did not come by their deadline.';
COMMENT ON COLUMN standing.verified_share   IS 'Share of the scored items whose every value was verified, 0 to 1, rounded to 4 digits.';
COMMENT ON COLUMN standing.tier             IS 'Tier of the ruleset.';
COMMENT ON COLUMN standing.eligible         IS 'Whether no hold blocks awards to the unit on the ranking''s day.';

CREATE TABLE standing_item (
    season     text COLLATE "C" NOT NULL,
    unit       text COLLATE "C" NOT NULL,
    criterion  text COLLATE "C" NOT NULL,
    position   bigint           NOT NULL,
    ordinal    integer          NOT NULL,
    state      text COLLATE "C" NOT NULL,
    target     numeric,
    actual     numeric,
    attainment numeric,
    points     numeric          NOT NULL,
    verified   boolean          NOT NULL,
    PRIMARY KEY (season, unit, criterion)
);

COMMENT ON TABLE  standing_item            IS 'One criterion of a line of a season''s current ranking.';
COMMENT ON COLUMN standing_item.season     IS 'Season.';
COMMENT ON COLUMN standing_item.unit       IS 'Member.';
COMMENT ON COLUMN standing_item.criterion  IS 'Criterion.';
COMMENT ON COLUMN standing_item.position   IS 'Position in the log of the season''s last event.';
COMMENT ON COLUMN standing_item.ordinal    IS 'Place of the criterion in the ruleset, from 1.';
COMMENT ON COLUMN standing_item.state      IS '"scored", "missing", "no_target" or "not_applicable".';
COMMENT ON COLUMN standing_item.target     IS 'The unit''s target; null where it has none.';
COMMENT ON COLUMN standing_item.actual     IS 'The year''s actual value, rounded to 6 digits; null where it is missing.';
COMMENT ON COLUMN standing_item.attainment IS 'Attainment of the target after the cap, rounded to 6 digits; null where the formula needs none.';
COMMENT ON COLUMN standing_item.points     IS 'Points, with the ruleset''s digits.';
COMMENT ON COLUMN standing_item.verified   IS 'Whether every value used was verified.';

CREATE TABLE unit (
    unit     text COLLATE "C" PRIMARY KEY,
    position bigint           NOT NULL,
    name_vi  text             NOT NULL,
    name_en  text
);

COMMENT ON TABLE  unit          IS 'Names for the lines of rankings: every unit on the register, with the name it has now.';
COMMENT ON COLUMN unit.unit     IS 'Unit.';
COMMENT ON COLUMN unit.position IS 'Position in the log of the event that gave the name.';
COMMENT ON COLUMN unit.name_vi  IS 'Name in Vietnamese.';
COMMENT ON COLUMN unit.name_en  IS 'Name in English, null where it has none.';
