CREATE TABLE ranking (
    season         text COLLATE "C" PRIMARY KEY,
    position       bigint           NOT NULL,
    ruleset_sha256 text COLLATE "C",
    timezone       text             NOT NULL,
    day            date,
    turns          date,
    final          boolean          NOT NULL,
    importing      boolean          NOT NULL
) WITH (fillfactor = 50);

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
) WITH (fillfactor = 50);

COMMENT ON TABLE  standing                  IS 'One line of a season''s current ranking: a member''s total and what it is made of.';
COMMENT ON COLUMN standing.season           IS 'Season.';
COMMENT ON COLUMN standing.unit             IS 'Member.';
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

CREATE TABLE criterion (
    season    text COLLATE "C" NOT NULL,
    ordinal   integer          NOT NULL,
    criterion text COLLATE "C" NOT NULL,
    PRIMARY KEY (season, ordinal)
);

COMMENT ON TABLE  criterion           IS 'The criteria of each season that has standings.';
COMMENT ON COLUMN criterion.season    IS 'Season.';
COMMENT ON COLUMN criterion.ordinal   IS 'Place of the criterion in the ruleset, from 1.';
COMMENT ON COLUMN criterion.criterion IS 'Criterion.';

-- A unit's items are one row, not one each: they change together, and a row of its own for each would cost most of what a projection costs.
CREATE TABLE sheet (
    season      text COLLATE "C" NOT NULL,
    unit        text COLLATE "C" NOT NULL,
    states      text COLLATE "C" NOT NULL,
    targets     numeric[]        NOT NULL,
    actuals     numeric[]        NOT NULL,
    attainments numeric[]        NOT NULL,
    points      numeric[]        NOT NULL,
    PRIMARY KEY (season, unit)
) WITH (fillfactor = 50);

COMMENT ON TABLE  sheet             IS 'The items of a line of a season''s current ranking, by the ordinal of their criterion; standing_item shows them one by one.';
COMMENT ON COLUMN sheet.season      IS 'Season.';
COMMENT ON COLUMN sheet.unit        IS 'Member.';
COMMENT ON COLUMN sheet.states      IS 'A letter for each item: V scored, of verified values only; S scored; M missing; T without a target; N not applicable.';
COMMENT ON COLUMN sheet.targets     IS 'The unit''s targets; null where it has none.';
COMMENT ON COLUMN sheet.actuals     IS 'The year''s actual values, rounded to 6 digits; null where one is missing.';
COMMENT ON COLUMN sheet.attainments IS 'Attainments of the targets after the cap, rounded to 6 digits; null where the formula needs none.';
COMMENT ON COLUMN sheet.points      IS 'Points, with the ruleset''s digits.';

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

CREATE VIEW standing_line AS
SELECT season, standing.unit, ranking.position, coalesce(unit.name_vi, '') AS name_vi, unit.name_en,
    rank, total, indicator_points, bonus, penalty, late, absent, verified_share, tier, eligible
FROM standing
JOIN ranking USING (season)
LEFT JOIN unit ON unit.unit = standing.unit;

COMMENT ON VIEW   standing_line                  IS 'One line of a season''s current ranking: a member''s total and what it is made of.';
COMMENT ON COLUMN standing_line.season           IS 'Season.';
COMMENT ON COLUMN standing_line.unit             IS 'Member.';
COMMENT ON COLUMN standing_line.position         IS 'Position in the log of the season''s last event.';
COMMENT ON COLUMN standing_line.name_vi          IS 'The unit''s name in Vietnamese.';
COMMENT ON COLUMN standing_line.name_en          IS 'The unit''s name in English, null where it has none.';
COMMENT ON COLUMN standing_line.rank             IS 'Rank; equal units share one, and the next rank skips.';
COMMENT ON COLUMN standing_line.total            IS 'Indicator points plus bonus minus penalty, not below 0 nor above the ruleset''s scale, in points.';
COMMENT ON COLUMN standing_line.indicator_points IS 'Sum of the item points, scaled to the full ruleset where a criterion does not apply to the unit.';
COMMENT ON COLUMN standing_line.bonus            IS 'Bonus points, exact, capped by the ruleset.';
COMMENT ON COLUMN standing_line.penalty          IS 'Penalty points, exact, those for late and absent reports included.';
COMMENT ON COLUMN standing_line.late             IS 'Number of reports that came late.';
COMMENT ON COLUMN standing_line.absent           IS 'Number of reports that did not come by their deadline.';
COMMENT ON COLUMN standing_line.verified_share   IS 'Share of the scored items whose every value was verified, 0 to 1, rounded to 4 digits.';
COMMENT ON COLUMN standing_line.tier             IS 'Tier of the ruleset.';
COMMENT ON COLUMN standing_line.eligible         IS 'Whether no hold blocks awards to the unit on the ranking''s day.';

CREATE VIEW standing_item AS
SELECT season, unit, criterion, ranking.position, ordinal,
    CASE substr(states, ordinal, 1) WHEN 'M' THEN 'missing' WHEN 'T' THEN 'no_target' WHEN 'N' THEN 'not_applicable' ELSE 'scored' END COLLATE "C" AS state,
    targets[ordinal] AS target, actuals[ordinal] AS actual, attainments[ordinal] AS attainment, points[ordinal] AS points,
    substr(states, ordinal, 1) = 'V' AS verified
FROM sheet
JOIN criterion USING (season)
JOIN ranking USING (season);

COMMENT ON VIEW   standing_item            IS 'One criterion of a line of a season''s current ranking.';
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
