CREATE OR REPLACE VIEW analytics.fact_value_v1 WITH (security_barrier) AS
SELECT told.season, told.unit, told.period, told.criterion, told.position, told.recordedtime, told.source, told.report_version, told.in_force,
    told.happened_at, told.happened_at_text,
    CASE WHEN line.unit IS NULL THEN told.value END AS value,
    CASE WHEN line.unit IS NULL THEN told.value_text END AS value_text,
    CASE WHEN line.unit IS NULL THEN told.denominator END AS denominator,
    CASE WHEN line.unit IS NULL THEN told.denominator_text END AS denominator_text,
    told.evidence_files, line.unit IS NOT NULL AS suppressed, told.final
FROM (
    SELECT every.*, final,
        row_number() OVER (PARTITION BY season, unit, period, criterion ORDER BY source = 'verified' DESC, happened_at DESC, every.position DESC) = 1 AS in_force
    FROM (
        SELECT season, unit, period, criterion, position, recordedtime, (CASE WHEN corrected THEN 'corrected' ELSE 'reported' END) COLLATE "C" AS source,
            version AS report_version, submitted_at AS happened_at, submitted_at_text AS happened_at_text,
            value, value_text, denominator, denominator_text, jsonb_array_length(evidence) AS evidence_files
        FROM read.value_v1
        UNION ALL
        SELECT season, unit, period, criterion, position, recordedtime, 'verified' COLLATE "C", version, verified_at, verified_at_text,
            value, value_text, denominator, denominator_text, 0
        FROM read.verification_v1
    ) AS every
    JOIN (
        SELECT season, seen, final AND checkpoint.position >= shown.position AS final
        FROM analytics_rules.shown
        JOIN frame.checkpoint ON checkpoint.name = 'facts' AND checkpoint.live AND checkpoint.position >= imported
    ) AS shown USING (season)
    WHERE every.position <= seen
) AS told
LEFT JOIN analytics_rules.line USING (season, unit, criterion);

COMMENT ON VIEW   analytics.fact_value_v1                  IS 'Indicator values (giá trị chỉ tiêu): a row for every report, correction and recount of every cell (unit, period, criterion). Of a season that is half imported there are none.';
COMMENT ON COLUMN analytics.fact_value_v1.season           IS 'Season (mùa thi đua); dim_season_v1.';
COMMENT ON COLUMN analytics.fact_value_v1.unit             IS 'Unit that reports (đơn vị báo cáo); dim_unit_v1.';
COMMENT ON COLUMN analytics.fact_value_v1.period           IS 'Period that is reported on (kỳ báo cáo); dim_period_v1.';
COMMENT ON COLUMN analytics.fact_value_v1.criterion        IS 'Criterion (tiêu chí); dim_criterion_v1.';
COMMENT ON COLUMN analytics.fact_value_v1.position         IS 'Position in the log of the event that the row is (vị trí trong sổ sự kiện). It identifies the row.';
COMMENT ON COLUMN analytics.fact_value_v1.recordedtime     IS 'When the log took it (thời điểm ghi sổ).';
COMMENT ON COLUMN analytics.fact_value_v1.source           IS 'What it is (nguồn): "reported" (báo cáo), "corrected" (đính chính) or "verified" (thẩm định lại, an inspector''s recount).';
COMMENT ON COLUMN analytics.fact_value_v1.report_version   IS 'Version of the report of unit and period that it made (phiên bản báo cáo).';
COMMENT ON COLUMN analytics.fact_value_v1.in_force         IS 'Whether it counts (đang có hiệu lực): the latest recount of its cell or, where there is none, the latest submission. One row a cell does. It can turn false when later rows come.';
COMMENT ON COLUMN analytics.fact_value_v1.happened_at      IS 'When it was submitted or verified (thời điểm nộp hoặc thẩm định), by who did so.';
COMMENT ON COLUMN analytics.fact_value_v1.happened_at_text IS 'The same moment as it was written (nguyên văn).';
COMMENT ON COLUMN analytics.fact_value_v1.value            IS 'The value, exact (giá trị); the numerator of a ratio. At most 6 decimals. Null where it is suppressed.';
COMMENT ON COLUMN analytics.fact_value_v1.value_text       IS 'The value as it was written (nguyên văn). Null where it is suppressed.';
COMMENT ON COLUMN analytics.fact_value_v1.denominator      IS 'The denominator of a ratio, exact (mẫu số); null for other kinds, and where it is suppressed.';
COMMENT ON COLUMN analytics.fact_value_v1.denominator_text IS 'The denominator as it was written (nguyên văn).';
COMMENT ON COLUMN analytics.fact_value_v1.evidence_files   IS 'Number of files of evidence behind it (số tệp minh chứng).';
COMMENT ON COLUMN analytics.fact_value_v1.suppressed       IS 'Whether its numbers are held back (bị che): it, or one that it would give away, is under 5 in a sensitive criterion.';
COMMENT ON COLUMN analytics.fact_value_v1.final            IS 'Whether the season is finalised (đã chốt); else the row is provisional (tạm thời).';

CREATE OR REPLACE VIEW analytics.fact_score_v1 WITH (security_barrier) AS
SELECT season, item.unit, item.criterion, item.position, item.state,
    CASE WHEN shown THEN trim_scale(item.target) END AS target,
    CASE WHEN shown THEN trim_scale(item.actual) END AS actual,
    CASE WHEN shown THEN trim_scale(item.attainment) END AS attainment,
    CASE WHEN shown THEN trim_scale(item.points) END AS points,
    item.verified, NOT shown AS suppressed, ranking.final
FROM read.standing_item_v1 AS item
JOIN read.ranking_v1 AS ranking USING (season)
LEFT JOIN analytics_rules.line USING (season, unit, criterion)
LEFT JOIN analytics_rules.unsure USING (season)
CROSS JOIN LATERAL (SELECT line.unit IS NULL AND unsure.season IS NULL AS shown) AS may;

COMMENT ON VIEW   analytics.fact_score_v1            IS 'Scores by item (điểm từng tiêu chí): a row for each member and criterion of the current ranking. The same numbers as in the ranking.';
COMMENT ON COLUMN analytics.fact_score_v1.season     IS 'Season (mùa thi đua); dim_season_v1.';
COMMENT ON COLUMN analytics.fact_score_v1.unit       IS 'Member (đơn vị thành viên); dim_unit_v1.';
COMMENT ON COLUMN analytics.fact_score_v1.criterion  IS 'Criterion (tiêu chí); dim_criterion_v1.';
COMMENT ON COLUMN analytics.fact_score_v1.position   IS 'Position in the log of the season''s last event that is counted (vị trí trong sổ sự kiện).';
COMMENT ON COLUMN analytics.fact_score_v1.state      IS 'State of the item (trạng thái): "scored" (được chấm), "missing" (thiếu số liệu), "no_target" (chưa có chỉ tiêu) or "not_applicable" (không áp dụng).';
COMMENT ON COLUMN analytics.fact_score_v1.target     IS 'The unit''s target (chỉ tiêu giao ước), exact; null where it has none, and where it is suppressed.';
COMMENT ON COLUMN analytics.fact_score_v1.actual     IS 'The year''s actual value (kết quả cả năm), rounded to 6 digits; null where it is missing, and where it is suppressed.';
COMMENT ON COLUMN analytics.fact_score_v1.attainment IS 'Attainment of the target after the cap (mức đạt), rounded to 6 digits; null where the formula needs none, and where it is suppressed.';
COMMENT ON COLUMN analytics.fact_score_v1.points     IS 'Points (điểm), with the ruleset''s digits; null only where they are suppressed.';
COMMENT ON COLUMN analytics.fact_score_v1.verified   IS 'Whether every value used was verified (đã thẩm định).';
COMMENT ON COLUMN analytics.fact_score_v1.suppressed IS 'Whether its numbers are held back (bị che): it, or one that it would give away, stands on a number under 5 in a sensitive criterion.';
COMMENT ON COLUMN analytics.fact_score_v1.final      IS 'Whether the ranking is finalised (đã chốt); else the row is provisional (tạm thời).';

CREATE OR REPLACE VIEW analytics.fact_standing_v1 WITH (security_barrier) AS
SELECT season, standing.unit, standing.position, standing.rank,
    CASE WHEN shown THEN trim_scale(standing.total) END AS total,
    CASE WHEN shown THEN trim_scale(standing.indicator_points) END AS indicator_points,
    trim_scale(standing.bonus) AS bonus, trim_scale(standing.penalty) AS penalty, standing.late, standing.absent,
    trim_scale(standing.verified_share) AS verified_share, standing.tier, standing.eligible, ranking.day, NOT shown AS suppressed, ranking.final
FROM read.standing_v1 AS standing
JOIN read.ranking_v1 AS ranking USING (season)
LEFT JOIN analytics_rules.total USING (season, unit)
LEFT JOIN analytics_rules.unsure USING (season)
CROSS JOIN LATERAL (SELECT total.unit IS NULL AND unsure.season IS NULL AS shown) AS may;

COMMENT ON VIEW   analytics.fact_standing_v1                  IS 'Standings (bảng xếp hạng): a row for each member of a season, as the current ranking has it. Of a season that is half imported there are none.';
COMMENT ON COLUMN analytics.fact_standing_v1.season           IS 'Season (mùa thi đua); dim_season_v1.';
COMMENT ON COLUMN analytics.fact_standing_v1.unit             IS 'Member (đơn vị thành viên); dim_unit_v1.';
COMMENT ON COLUMN analytics.fact_standing_v1.position         IS 'Position in the log of the season''s last event that is counted (vị trí trong sổ sự kiện).';
COMMENT ON COLUMN analytics.fact_standing_v1.rank             IS 'Rank (thứ hạng); equal units share one, and the next rank skips.';
COMMENT ON COLUMN analytics.fact_standing_v1.total            IS 'Total in points (tổng điểm): indicator points plus bonus minus penalty, within 0 and the ruleset''s scale. Null only where it is suppressed.';
COMMENT ON COLUMN analytics.fact_standing_v1.indicator_points IS 'Sum of the item points (điểm chỉ tiêu), scaled to the full ruleset where a criterion does not apply to the unit. Null only where it is suppressed.';
COMMENT ON COLUMN analytics.fact_standing_v1.bonus            IS 'Bonus points (điểm thưởng), exact, capped by the ruleset.';
COMMENT ON COLUMN analytics.fact_standing_v1.penalty          IS 'Penalty points (điểm trừ), exact, those for late and absent reports included.';
COMMENT ON COLUMN analytics.fact_standing_v1.late             IS 'Number of reports that came late (số báo cáo nộp muộn).';
COMMENT ON COLUMN analytics.fact_standing_v1.absent           IS 'Number of reports that did not come by their deadline (số báo cáo không nộp).';
COMMENT ON COLUMN analytics.fact_standing_v1.verified_share   IS 'Share of the scored items whose every value was verified (tỷ lệ đã thẩm định), 0 to 1, rounded to 4 digits.';
COMMENT ON COLUMN analytics.fact_standing_v1.tier             IS 'Tier of the ruleset (xếp loại).';
COMMENT ON COLUMN analytics.fact_standing_v1.eligible         IS 'Whether no hold blocks awards to the unit on the ranking''s day (đủ điều kiện xét khen thưởng).';
COMMENT ON COLUMN analytics.fact_standing_v1.day              IS 'Day that the ranking is of, in the season''s time zone (ngày xếp hạng).';
COMMENT ON COLUMN analytics.fact_standing_v1.suppressed       IS 'Whether total and indicator points are held back (bị che): less all that is shown they would give away a number under 5 in a sensitive criterion.';
COMMENT ON COLUMN analytics.fact_standing_v1.final            IS 'Whether the ranking is finalised (đã chốt); else the row is provisional (tạm thời).';

CREATE OR REPLACE VIEW analytics.fact_award_v1 WITH (security_barrier) AS
SELECT season, award, unit, greatest(granted.position, ballot.position) AS position, greatest(granted.recordedtime, ballot.recordedtime) AS recordedtime,
    definition.title_vi, definition.title_en, granted.position IS NOT NULL AS granted, granted.decision_number, granted.decided_at, granted.decided_at_text,
    ballot.body AS ballot_body, ballot.held_at AS ballot_held_at, ballot.members AS ballot_members, ballot.present AS ballot_present,
    ballot.yes AS ballot_yes, ballot.no AS ballot_no, ballot.blank AS ballot_blank, ballot.invalid AS ballot_invalid, shown.final
FROM read.award_v1 AS granted
FULL JOIN read.ballot_v1 AS ballot USING (season, award, unit)
JOIN (
    SELECT season, seen, final AND checkpoint.position >= shown.position AS final
    FROM analytics_rules.shown
    JOIN frame.checkpoint ON checkpoint.name = 'awards' AND checkpoint.live AND checkpoint.position >= imported
) AS shown USING (season)
JOIN read.award_definition_v1 AS definition USING (season, award)
WHERE greatest(granted.position, ballot.position) <= seen;

COMMENT ON VIEW   analytics.fact_award_v1                 IS 'Awards (khen thưởng): a row for each award and unit on which a ballot was held or which was granted. Of a season that is half imported there are none.';
COMMENT ON COLUMN analytics.fact_award_v1.season          IS 'Season (mùa thi đua); dim_season_v1.';
COMMENT ON COLUMN analytics.fact_award_v1.award           IS 'Award (danh hiệu, hình thức khen thưởng).';
COMMENT ON COLUMN analytics.fact_award_v1.unit            IS 'Unit that was voted on or honoured (đơn vị); dim_unit_v1.';
COMMENT ON COLUMN analytics.fact_award_v1.position        IS 'Position in the log of the last event that the row follows from (vị trí trong sổ sự kiện).';
COMMENT ON COLUMN analytics.fact_award_v1.recordedtime    IS 'When the log took that (thời điểm ghi sổ).';
COMMENT ON COLUMN analytics.fact_award_v1.title_vi        IS 'Title of the award in Vietnamese (tên khen thưởng).';
COMMENT ON COLUMN analytics.fact_award_v1.title_en        IS 'Title of the award in English, null where it has none (tên tiếng Anh).';
COMMENT ON COLUMN analytics.fact_award_v1.granted         IS 'Whether it was granted (đã được tặng); else there is only a ballot.';
COMMENT ON COLUMN analytics.fact_award_v1.decision_number IS 'Number of the decision (số quyết định); null where it was not granted.';
COMMENT ON COLUMN analytics.fact_award_v1.decided_at      IS 'When it was decided (ngày quyết định); null where it was not granted.';
COMMENT ON COLUMN analytics.fact_award_v1.decided_at_text IS 'The same moment as it was written (nguyên văn).';
COMMENT ON COLUMN analytics.fact_award_v1.ballot_body     IS 'Who voted (cơ quan bỏ phiếu): "cluster" (the season''s members) or "council"; null where there was no ballot, or the award asks for none.';
COMMENT ON COLUMN analytics.fact_award_v1.ballot_held_at  IS 'When the ballot was held (thời điểm bỏ phiếu); null where there was none.';
COMMENT ON COLUMN analytics.fact_award_v1.ballot_members  IS 'Number of members of the body (số thành viên); null where there was no ballot.';
COMMENT ON COLUMN analytics.fact_award_v1.ballot_present  IS 'Number of members present (số có mặt): yes + no + blank + invalid.';
COMMENT ON COLUMN analytics.fact_award_v1.ballot_yes      IS 'Votes for the award (số phiếu đồng ý).';
COMMENT ON COLUMN analytics.fact_award_v1.ballot_no       IS 'Votes against it (số phiếu không đồng ý).';
COMMENT ON COLUMN analytics.fact_award_v1.ballot_blank    IS 'Blank votes (số phiếu trắng).';
COMMENT ON COLUMN analytics.fact_award_v1.ballot_invalid  IS 'Invalid votes (số phiếu không hợp lệ).';
COMMENT ON COLUMN analytics.fact_award_v1.final           IS 'Whether the season''s ranking is finalised (đã chốt); else the row is provisional (tạm thời).';
