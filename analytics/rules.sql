-- What the analytics views leave out. Every view here only ever takes more in as the log grows: what was hidden once stays hidden, so that nothing is
-- learnt from two looks at different times.

-- Seasons that may be shown: not half imported, as far as the seasons themselves were projected.
CREATE OR REPLACE VIEW analytics_rules.shown AS
SELECT season, season.position, coalesce(imported, 0) AS imported, finalised_at IS NOT NULL AS final, checkpoint.position AS seen
FROM read.season_v1 AS season
JOIN frame.checkpoint ON checkpoint.name = 'seasons' AND checkpoint.live
WHERE importing IS NULL;

COMMENT ON VIEW   analytics_rules.shown          IS 'Seasons that are not half imported.';
COMMENT ON COLUMN analytics_rules.shown.season   IS 'Season.';
COMMENT ON COLUMN analytics_rules.shown.position IS 'Position of the season''s last event.';
COMMENT ON COLUMN analytics_rules.shown.imported IS 'Position at which its last import was complete, 0 where there was none. A read model that has not come so far may hold half of it.';
COMMENT ON COLUMN analytics_rules.shown.final    IS 'Whether its ranking is finalised.';
COMMENT ON COLUMN analytics_rules.shown.seen     IS 'Position up to which this is known. What lies behind it may belong to an import that has begun.';

CREATE OR REPLACE VIEW analytics_rules.sensitive AS
SELECT season, criterion, coalesce(formula IN ('relative', 'per_max'), true) AS coupled, coalesce(over_time = 'cumulative', true) AS cumulative
FROM private.sensitive_criterion
LEFT JOIN read.criterion_v1 USING (season, criterion);

COMMENT ON VIEW   analytics_rules.sensitive            IS 'Criteria that are marked sensitive. Of one that is not known yet the worst is taken.';
COMMENT ON COLUMN analytics_rules.sensitive.season     IS 'Season.';
COMMENT ON COLUMN analytics_rules.sensitive.criterion  IS 'Criterion.';
COMMENT ON COLUMN analytics_rules.sensitive.coupled    IS 'Whether a unit''s points depend on other units'' values, which they would give away.';
COMMENT ON COLUMN analytics_rules.sensitive.cumulative IS 'Whether each value is year to date, so that two of them give what lies between.';

-- Seasons with sensitive criteria of which the values may not be known as far as the standings: then nothing can be told apart.
CREATE OR REPLACE VIEW analytics_rules.unsure AS
SELECT season
FROM (SELECT DISTINCT season FROM private.sensitive_criterion) AS marked
JOIN read.ranking_v1 AS ranking USING (season)
WHERE EXISTS (
    SELECT FROM frame.checkpoint
    WHERE live AND name IN ('facts', 'pledges', 'seasons')
    AND (checkpoint.position < ranking.position OR EXISTS (SELECT FROM frame.parked WHERE parked.schema = checkpoint.schema AND parked.season = ranking.season))
);

COMMENT ON VIEW   analytics_rules.unsure        IS 'Seasons with sensitive criteria whose values are not all known yet: nothing of their standings is shown meanwhile.';
COMMENT ON COLUMN analytics_rules.unsure.season IS 'Season.';

-- A count is what was reported, corrected or counted again: each that ever was.
CREATE OR REPLACE VIEW analytics_rules.counted AS
SELECT season, unit, criterion, period, position, value, denominator, coupled, cumulative
FROM (
    SELECT season, unit, criterion, period, position, value, denominator FROM read.value_v1
    UNION ALL
    SELECT season, unit, criterion, period, position, value, denominator FROM read.verification_v1
) AS every
JOIN analytics_rules.sensitive USING (season, criterion);

COMMENT ON VIEW   analytics_rules.counted             IS 'All values of sensitive criteria, each that ever was reported or counted again.';
COMMENT ON COLUMN analytics_rules.counted.season      IS 'Season.';
COMMENT ON COLUMN analytics_rules.counted.unit        IS 'Unit.';
COMMENT ON COLUMN analytics_rules.counted.criterion   IS 'Criterion.';
COMMENT ON COLUMN analytics_rules.counted.period      IS 'Period.';
COMMENT ON COLUMN analytics_rules.counted.position    IS 'Position of the event in the log.';
COMMENT ON COLUMN analytics_rules.counted.value       IS 'The value; the numerator of a ratio.';
COMMENT ON COLUMN analytics_rules.counted.denominator IS 'The denominator of a ratio, null for other kinds.';
COMMENT ON COLUMN analytics_rules.counted.coupled     IS 'Whether a unit''s points depend on other units'' values.';
COMMENT ON COLUMN analytics_rules.counted.cumulative  IS 'Whether each value is year to date.';

-- The line of a unit and a criterion is small as a whole where one number of it is: the others and the year's actual would give it away.
CREATE OR REPLACE VIEW analytics_rules.small AS
SELECT season, unit, criterion, coupled
FROM analytics_rules.counted
WHERE value < 5 OR denominator < 5
UNION
SELECT season, unit, criterion, one.coupled
FROM analytics_rules.counted AS one
JOIN analytics_rules.counted AS other USING (season, unit, criterion)
WHERE one.cumulative AND one.period <> other.period AND (abs(one.value - other.value) < 5 OR abs(one.denominator - other.denominator) < 5);

COMMENT ON VIEW   analytics_rules.small           IS 'Lines (of a unit and a sensitive criterion) with a number under 5 in them, also one that lies between two cumulative ones.';
COMMENT ON COLUMN analytics_rules.small.season    IS 'Season.';
COMMENT ON COLUMN analytics_rules.small.unit      IS 'Unit.';
COMMENT ON COLUMN analytics_rules.small.criterion IS 'Criterion.';
COMMENT ON COLUMN analytics_rules.small.coupled   IS 'Whether the criterion''s points depend on other units'' values.';

-- Beside each small line another unit's is hidden in each of its periods, or a total over the units would give it away: the one that was reported
-- first, which never changes. Where units are measured by each other, all are hidden.
CREATE OR REPLACE VIEW analytics_rules.hidden AS
WITH small AS MATERIALIZED (
    SELECT season, unit, criterion, coupled FROM analytics_rules.small
), cell AS MATERIALIZED (
    SELECT season, criterion, period, unit, row_number() OVER (PARTITION BY season, criterion, period ORDER BY min(position)) AS place
    FROM analytics_rules.counted
    WHERE (season, criterion) IN (SELECT season, criterion FROM small)
    GROUP BY season, criterion, period, unit
)
SELECT season, unit, criterion FROM small
UNION
SELECT season, beside.unit, criterion
FROM small
JOIN cell USING (season, unit, criterion)
JOIN cell AS beside USING (season, criterion, period)
WHERE beside.place = CASE WHEN cell.place = 1 THEN 2 ELSE 1 END
UNION
SELECT season, cell.unit, criterion FROM small JOIN cell USING (season, criterion) WHERE small.coupled;

COMMENT ON VIEW   analytics_rules.hidden           IS 'Lines (of a unit and a sensitive criterion) of which no number is shown: the small ones, and those beside them.';
COMMENT ON COLUMN analytics_rules.hidden.season    IS 'Season.';
COMMENT ON COLUMN analytics_rules.hidden.unit      IS 'Unit.';
COMMENT ON COLUMN analytics_rules.hidden.criterion IS 'Criterion.';

-- A unit's total is public, and less all other items it would be a hidden one. So a second item is hidden with it: the first that the unit reported of
-- those which follow from its own values alone and can take many values.
CREATE OR REPLACE VIEW analytics_rules.cover AS
SELECT DISTINCT ON (season, unit) season, unit, criterion
FROM (SELECT DISTINCT season, unit FROM analytics_rules.hidden) AS affected
JOIN (
    SELECT season, unit, criterion, position FROM read.value_v1
    UNION ALL
    SELECT season, unit, criterion, position FROM read.verification_v1
) AS every USING (season, unit)
JOIN read.criterion_v1 AS criterion USING (season, criterion)
LEFT JOIN read.target_v1 AS target USING (season, unit, criterion)
WHERE criterion.kind = 'number' AND criterion.direction = 'higher'
AND (criterion.formula = 'absolute' AND target.target > 0 OR criterion.formula = 'count' AND target.na IS NOT TRUE)
AND NOT EXISTS (SELECT FROM private.sensitive_criterion AS marked WHERE marked.season = every.season AND marked.criterion = every.criterion)
ORDER BY season, unit, every.position;

COMMENT ON VIEW   analytics_rules.cover           IS 'Lines that are hidden beside a unit''s hidden ones, so that its total does not give these away.';
COMMENT ON COLUMN analytics_rules.cover.season    IS 'Season.';
COMMENT ON COLUMN analytics_rules.cover.unit      IS 'Unit.';
COMMENT ON COLUMN analytics_rules.cover.criterion IS 'Criterion.';

CREATE OR REPLACE VIEW analytics_rules.line AS
SELECT season, unit, criterion FROM analytics_rules.hidden
UNION ALL
SELECT season, unit, criterion FROM analytics_rules.cover;

COMMENT ON VIEW   analytics_rules.line           IS 'Lines of which no number is shown, for whatever reason.';
COMMENT ON COLUMN analytics_rules.line.season    IS 'Season.';
COMMENT ON COLUMN analytics_rules.line.unit      IS 'Unit.';
COMMENT ON COLUMN analytics_rules.line.criterion IS 'Criterion.';

CREATE OR REPLACE VIEW analytics_rules.total AS
SELECT DISTINCT season, unit
FROM analytics_rules.hidden
WHERE (season, unit) NOT IN (SELECT season, unit FROM analytics_rules.cover);

COMMENT ON VIEW   analytics_rules.total        IS 'Units with a hidden line and nothing to hide beside it: their totals are not shown.';
COMMENT ON COLUMN analytics_rules.total.season IS 'Season.';
COMMENT ON COLUMN analytics_rules.total.unit   IS 'Unit.';
