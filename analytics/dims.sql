-- A unit has one row for each state that the register has had it in. Today's log can register units and nothing else, so there is one row each;
-- renaming, moving, merging, splitting and dissolving close a row and open another.
CREATE OR REPLACE VIEW analytics.dim_unit_v1 WITH (security_barrier) AS
WITH RECURSIVE above AS (
    SELECT unit, parent, '' COLLATE "C" AS ancestors, 0 AS depth
    FROM read.unit_v1
    UNION ALL
    SELECT above.unit, up.parent, concat_ws('/', up.unit, nullif(above.ancestors, '')) COLLATE "C", depth + 1
    FROM above
    JOIN read.unit_v1 AS up ON up.unit = above.parent
    WHERE depth < 16
), lineage AS (
    SELECT DISTINCT ON (unit) unit, ancestors, depth FROM above ORDER BY unit, depth DESC
)
SELECT unit.unit, unit.position, unit.recordedtime, 1 AS version, unit.recordedtime AS valid_from, NULL::timestamptz AS valid_to,
    unit.name_vi, unit.name_en, unit.level, unit.code, unit.parent, lineage.ancestors, lineage.depth,
    ''::text COLLATE "C" AS predecessors, ''::text COLLATE "C" AS successors, true AS current, false AS final
FROM read.unit_v1 AS unit
JOIN lineage USING (unit);

COMMENT ON VIEW   analytics.dim_unit_v1              IS 'Units (đơn vị): a row for each state of each unit on the register, with the time that it holds for. Join on unit where current, or on unit and the time.';
COMMENT ON COLUMN analytics.dim_unit_v1.unit         IS 'Id of the unit (mã đơn vị), the same for ever.';
COMMENT ON COLUMN analytics.dim_unit_v1.position     IS 'Position in the log of the event from which on this is so (vị trí trong sổ sự kiện).';
COMMENT ON COLUMN analytics.dim_unit_v1.recordedtime IS 'When the log took it (thời điểm ghi sổ).';
COMMENT ON COLUMN analytics.dim_unit_v1.version      IS 'Number of the state (phiên bản), from 1; with unit it identifies the row.';
COMMENT ON COLUMN analytics.dim_unit_v1.valid_from   IS 'From when it holds (hiệu lực từ), inclusive.';
COMMENT ON COLUMN analytics.dim_unit_v1.valid_to     IS 'Until when it holds (hiệu lực đến), exclusive; null while it does.';
COMMENT ON COLUMN analytics.dim_unit_v1.name_vi      IS 'Name in Vietnamese (tên đơn vị).';
COMMENT ON COLUMN analytics.dim_unit_v1.name_en      IS 'Name in English, null where it has none (tên tiếng Anh).';
COMMENT ON COLUMN analytics.dim_unit_v1.level        IS 'Level, such as province or commune (cấp).';
COMMENT ON COLUMN analytics.dim_unit_v1.code         IS 'Administrative code, null where it has none (mã đơn vị hành chính).';
COMMENT ON COLUMN analytics.dim_unit_v1.parent       IS 'Unit above it, null where there is none (đơn vị cấp trên).';
COMMENT ON COLUMN analytics.dim_unit_v1.ancestors    IS 'Lineage: the units above it from the top down, separated by / (các cấp trên); empty where there are none.';
COMMENT ON COLUMN analytics.dim_unit_v1.depth        IS 'Number of units above it (bậc), at most 16.';
COMMENT ON COLUMN analytics.dim_unit_v1.predecessors IS 'Units that it came from by a merger or a split, separated by / (đơn vị tiền thân); empty where there are none.';
COMMENT ON COLUMN analytics.dim_unit_v1.successors   IS 'Units that it went into, separated by / (đơn vị kế thừa); empty where there are none.';
COMMENT ON COLUMN analytics.dim_unit_v1.current      IS 'Whether it holds now (đang hiệu lực). One row a unit does.';
COMMENT ON COLUMN analytics.dim_unit_v1.final        IS 'Whether no later event can change the row (đã chốt): its time is over. Else it is provisional (tạm thời).';

CREATE OR REPLACE VIEW analytics.dim_season_v1 WITH (security_barrier) AS
SELECT season, season.position, season.events, season.cluster, season.year, season.title_vi, season.title_en, season.timezone, season.head, season.deputy,
    (SELECT count(*)::integer FROM read.member_v1 AS member WHERE member.season = season.season AND season.importing IS NULL) AS members,
    season.state, ruleset.scale, ruleset.digits, season.ruleset_sha256, season.result_sha256, season.in_force_at, season.finalised_at, season.finalised_at_text,
    season.importing IS NULL AND NOT EXISTS (
        SELECT FROM frame.checkpoint
        WHERE live AND name IN ('awards', 'facts', 'standings')
        AND (checkpoint.position < season.imported OR EXISTS (SELECT FROM frame.parked WHERE parked.schema = checkpoint.schema AND parked.season = season.season))
    ) AS complete,
    season.state = 'finalised' AS final
FROM read.season_v1 AS season
LEFT JOIN read.ruleset_v1 AS ruleset USING (season);

COMMENT ON VIEW   analytics.dim_season_v1                   IS 'Seasons (mùa thi đua, giao ước của một cụm trong một năm). One that is half imported is here, in the state importing, and nowhere else.';
COMMENT ON COLUMN analytics.dim_season_v1.season            IS 'Id of the season (mã mùa thi đua).';
COMMENT ON COLUMN analytics.dim_season_v1.position          IS 'Position in the log of the season''s last event (vị trí trong sổ sự kiện).';
COMMENT ON COLUMN analytics.dim_season_v1.events            IS 'Number of the season''s events (số sự kiện).';
COMMENT ON COLUMN analytics.dim_season_v1.cluster           IS 'Cluster (cụm thi đua); null, as all that a season says of itself, before it is drafted.';
COMMENT ON COLUMN analytics.dim_season_v1.year              IS 'Year (năm).';
COMMENT ON COLUMN analytics.dim_season_v1.title_vi          IS 'Title in Vietnamese (tên mùa thi đua).';
COMMENT ON COLUMN analytics.dim_season_v1.title_en          IS 'Title in English, null where it has none (tên tiếng Anh).';
COMMENT ON COLUMN analytics.dim_season_v1.timezone          IS 'Time zone of its days, IANA (múi giờ).';
COMMENT ON COLUMN analytics.dim_season_v1.head              IS 'Member that heads the cluster (cụm trưởng); dim_unit_v1.';
COMMENT ON COLUMN analytics.dim_season_v1.deputy            IS 'Member that deputises, null where none does (cụm phó); dim_unit_v1.';
COMMENT ON COLUMN analytics.dim_season_v1.members           IS 'Number of members (số đơn vị thành viên); 0 while it is half imported.';
COMMENT ON COLUMN analytics.dim_season_v1.state             IS 'State (trạng thái): "drafted" (dự thảo), "open" (đang mở), "in-force" (giao ước có hiệu lực), "finalised" (đã chốt) or "importing" (đang nhập dở).';
COMMENT ON COLUMN analytics.dim_season_v1.scale             IS 'Highest total that there can be, in points (thang điểm).';
COMMENT ON COLUMN analytics.dim_season_v1.digits            IS 'Digits that points are rounded to (số chữ số làm tròn).';
COMMENT ON COLUMN analytics.dim_season_v1.ruleset_sha256    IS 'Digest of the ruleset (mã băm bộ tiêu chí); null before the season is opened.';
COMMENT ON COLUMN analytics.dim_season_v1.result_sha256     IS 'Digest of the final ranking (mã băm kết quả); null before it is finalised.';
COMMENT ON COLUMN analytics.dim_season_v1.in_force_at       IS 'When the covenant entered into force (giao ước có hiệu lực từ); null while a member has not signed.';
COMMENT ON COLUMN analytics.dim_season_v1.finalised_at      IS 'Moment of the final ranking (thời điểm chốt); null before it is finalised.';
COMMENT ON COLUMN analytics.dim_season_v1.finalised_at_text IS 'The same moment as it was written (nguyên văn).';
COMMENT ON COLUMN analytics.dim_season_v1.complete          IS 'Whether the facts are whole (đầy đủ): no import is under way and no event is set aside. Where it is false the season''s facts may be missing or fewer.';
COMMENT ON COLUMN analytics.dim_season_v1.final             IS 'Whether its ranking is finalised (đã chốt); else the row is provisional (tạm thời).';

CREATE OR REPLACE VIEW analytics.dim_criterion_v1 WITH (security_barrier) AS
SELECT season, criterion, criterion.position, row_number() OVER (PARTITION BY season ORDER BY criterion.position)::integer AS ordinal, criterion.group_id,
    criterion.name_vi, criterion.name_en, criterion.measure, criterion.kind, criterion.direction, criterion.over_time, criterion.points AS max_points,
    criterion.formula, criterion.cap, criterion.steps::text AS steps, criterion.step_percent, criterion.per_step, criterion.per_item,
    marked.season IS NOT NULL AS sensitive, shown.final
FROM read.criterion_v1 AS criterion
JOIN analytics_rules.shown USING (season)
LEFT JOIN private.sensitive_criterion AS marked USING (season, criterion);

COMMENT ON VIEW   analytics.dim_criterion_v1              IS 'Criteria of the rulesets (tiêu chí). Of a season that is half imported there are none.';
COMMENT ON COLUMN analytics.dim_criterion_v1.season       IS 'Season (mùa thi đua); dim_season_v1.';
COMMENT ON COLUMN analytics.dim_criterion_v1.criterion    IS 'Id of the criterion within the season (mã tiêu chí).';
COMMENT ON COLUMN analytics.dim_criterion_v1.position     IS 'Position in the log of the event that defines it (vị trí trong sổ sự kiện).';
COMMENT ON COLUMN analytics.dim_criterion_v1.ordinal      IS 'Place in the ruleset, from 1 (thứ tự).';
COMMENT ON COLUMN analytics.dim_criterion_v1.group_id     IS 'Group of criteria (nhóm tiêu chí).';
COMMENT ON COLUMN analytics.dim_criterion_v1.name_vi      IS 'Name in Vietnamese (tên tiêu chí).';
COMMENT ON COLUMN analytics.dim_criterion_v1.name_en      IS 'Name in English, null where it has none (tên tiếng Anh).';
COMMENT ON COLUMN analytics.dim_criterion_v1.measure      IS 'What one is counted in (đơn vị tính); may be empty.';
COMMENT ON COLUMN analytics.dim_criterion_v1.kind         IS 'Kind of value (loại giá trị): "number" (số), "ratio" (tỷ lệ) or "yes_no" (có/không).';
COMMENT ON COLUMN analytics.dim_criterion_v1.direction    IS 'Which values are better (chiều đánh giá): "higher" (càng cao càng tốt) or "lower" (càng thấp càng tốt).';
COMMENT ON COLUMN analytics.dim_criterion_v1.over_time    IS 'How the year''s actual follows from the periods (cách tính cả năm): "sum" (cộng), "latest" (kỳ cuối), "cumulative" (lũy kế), "mean" (bình quân) or "max" (lớn nhất).';
COMMENT ON COLUMN analytics.dim_criterion_v1.max_points   IS 'Maximum of points (điểm tối đa).';
COMMENT ON COLUMN analytics.dim_criterion_v1.formula      IS 'How points follow from the actual (công thức tính điểm), as the scoring rules name it.';
COMMENT ON COLUMN analytics.dim_criterion_v1.cap          IS 'Cap of the attainment (mức trần); null for the formula''s own.';
COMMENT ON COLUMN analytics.dim_criterion_v1.steps        IS 'Steps of the formula "steps" (các bậc): a JSON array of {at_least, share}, numbers as texts.';
COMMENT ON COLUMN analytics.dim_criterion_v1.step_percent IS 'With the formula "deduction": per cent of the target that cost one step (phần trăm mỗi bậc trừ).';
COMMENT ON COLUMN analytics.dim_criterion_v1.per_step     IS 'With the formula "deduction": points that a step costs (điểm trừ mỗi bậc).';
COMMENT ON COLUMN analytics.dim_criterion_v1.per_item     IS 'With the formula "count": points for one (điểm mỗi đơn vị).';
COMMENT ON COLUMN analytics.dim_criterion_v1.sensitive    IS 'Whether it is marked sensitive (nhạy cảm): numbers under 5, and what would give one away, are held back.';
COMMENT ON COLUMN analytics.dim_criterion_v1.final        IS 'Whether the season is finalised (đã chốt); else the row is provisional (tạm thời).';

CREATE OR REPLACE VIEW analytics.dim_period_v1 WITH (security_barrier) AS
SELECT season, period.period, period.position, period.ordinal, period.from_day, period.to_day, period.deadline, period.lock, shown.final
FROM read.period_v1 AS period
JOIN analytics_rules.shown USING (season);

COMMENT ON VIEW   analytics.dim_period_v1          IS 'Periods that are reported on (kỳ báo cáo). Of a season that is half imported there are none.';
COMMENT ON COLUMN analytics.dim_period_v1.season   IS 'Season (mùa thi đua); dim_season_v1.';
COMMENT ON COLUMN analytics.dim_period_v1.period   IS 'Id of the period within the season (mã kỳ).';
COMMENT ON COLUMN analytics.dim_period_v1.position IS 'Position in the log of the event that says so (vị trí trong sổ sự kiện).';
COMMENT ON COLUMN analytics.dim_period_v1.ordinal  IS 'Place in the calendar, from 1 (thứ tự).';
COMMENT ON COLUMN analytics.dim_period_v1.from_day IS 'First day (từ ngày), in the season''s time zone.';
COMMENT ON COLUMN analytics.dim_period_v1.to_day   IS 'Last day (đến ngày).';
COMMENT ON COLUMN analytics.dim_period_v1.deadline IS 'Last day on which a report is in time (hạn nộp).';
COMMENT ON COLUMN analytics.dim_period_v1.lock     IS 'Last day on which a report is taken (ngày khóa sổ).';
COMMENT ON COLUMN analytics.dim_period_v1.final    IS 'Whether the season is finalised (đã chốt); else the row is provisional (tạm thời).';

CREATE OR REPLACE VIEW analytics.position_v1 WITH (security_barrier) AS
SELECT view COLLATE "C" AS view, min(checkpoint.position) AS position,
    (SELECT recordedtime FROM read.audit_v1 AS audit WHERE audit.position = min(checkpoint.position)) AS recordedtime,
    (SELECT count(*) FROM frame.parked WHERE parked.schema = ANY (array_agg(checkpoint.schema))) AS parked, false AS final
FROM (VALUES
    ('fact_value_v1', ARRAY['facts', 'seasons']), ('fact_score_v1', ARRAY['standings']), ('fact_standing_v1', ARRAY['standings']),
    ('fact_award_v1', ARRAY['awards', 'seasons']), ('dim_unit_v1', ARRAY['units']), ('dim_criterion_v1', ARRAY['seasons']),
    ('dim_period_v1', ARRAY['seasons']), ('dim_season_v1', ARRAY['seasons', 'facts', 'awards', 'standings'])
) AS made (view, names)
JOIN frame.checkpoint ON checkpoint.live AND checkpoint.name = ANY (names)
GROUP BY view;

COMMENT ON VIEW   analytics.position_v1              IS 'How far each view has come on the log (vị trí đã xử lý): a row for each of the others.';
COMMENT ON COLUMN analytics.position_v1.view         IS 'Name of the view (tên bảng).';
COMMENT ON COLUMN analytics.position_v1.position     IS 'Position in the log up to which every event is in the view (vị trí trong sổ sự kiện).';
COMMENT ON COLUMN analytics.position_v1.recordedtime IS 'When the log took the event there (thời điểm ghi sổ); null before the first.';
COMMENT ON COLUMN analytics.position_v1.parked       IS 'Number of events up to there that could not be taken and are set aside (số sự kiện bị gác lại): while it is not 0 the view is not whole.';
COMMENT ON COLUMN analytics.position_v1.final        IS 'Never: the log goes on, so this is provisional (tạm thời).';
