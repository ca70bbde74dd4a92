CREATE TABLE season (
    season            text COLLATE "C" PRIMARY KEY,
    position          bigint           NOT NULL,
    events            bigint           NOT NULL,
    cluster           text COLLATE "C",
    year              bigint,
    title_vi          text,
    title_en          text,
    timezone          text,
    head              text COLLATE "C",
    deputy            text COLLATE "C",
    ruleset_sha256    text COLLATE "C",
    in_force_at       timestamptz,
    importing         text COLLATE "C",
    finalised_at      timestamptz,
    finalised_at_text text,
    result_sha256     text COLLATE "C",
    state             text COLLATE "C" NOT NULL GENERATED ALWAYS AS (
        CASE
            WHEN importing IS NOT NULL THEN 'importing'
            WHEN finalised_at IS NOT NULL THEN 'finalised'
            WHEN in_force_at IS NOT NULL THEN 'in-force'
            WHEN ruleset_sha256 IS NOT NULL THEN 'open'
            ELSE 'drafted'
        END
    ) STORED,
    imported          bigint
) WITH (fillfactor = 70);

COMMENT ON TABLE  season                   IS 'The seasons: one cluster''s year each.';
COMMENT ON COLUMN season.season            IS 'Season.';
COMMENT ON COLUMN season.position          IS 'Position in the log of the season''s last event.';
COMMENT ON COLUMN season.events            IS 'Number of the season''s events.';
COMMENT ON COLUMN season.cluster           IS 'Cluster; null, as all that a season says of itself, before it is drafted.';
COMMENT ON COLUMN season.year              IS 'Year.';
COMMENT ON COLUMN season.title_vi          IS 'Title in Vietnamese.';
COMMENT ON COLUMN season.title_en          IS 'Title in English, null where it has none.';
COMMENT ON COLUMN season.timezone          IS 'Time zone of its days (IANA).';
COMMENT ON COLUMN season.head              IS 'Member that heads the cluster.';
COMMENT ON COLUMN season.deputy            IS 'Member that deputises, null where none does.';
COMMENT ON COLUMN season.ruleset_sha256    IS 'Digest of the ruleset; null before the season is opened.';
COMMENT ON COLUMN season.in_force_at       IS 'When the covenant entered into force; null while a member has not signed.';
COMMENT ON COLUMN season.importing         IS 'Digest of the bundle that is half imported; null where none is.';
COMMENT ON COLUMN season.finalised_at      IS 'Moment of the final ranking; null before it is finalised.';
COMMENT ON COLUMN season.finalised_at_text IS 'The same moment as it was written.';
COMMENT ON COLUMN season.result_sha256     IS 'Digest of the final ranking.';
COMMENT ON COLUMN season.state             IS '"drafted", "open", "in-force" or "finalised"; "importing" while a bundle is half imported.';
COMMENT ON COLUMN season.imported          IS 'Position of the event that completed the last import; null where none did.';

CREATE TABLE member (
    season   text COLLATE "C" NOT NULL,
    unit     text COLLATE "C" NOT NULL,
    position bigint           NOT NULL,
    ordinal  integer          NOT NULL,
    PRIMARY KEY (season, unit)
);

COMMENT ON TABLE  member          IS 'Members of the seasons.';
COMMENT ON COLUMN member.season   IS 'Season.';
COMMENT ON COLUMN member.unit     IS 'Unit that is a member.';
COMMENT ON COLUMN member.position IS 'Position in the log of the event that says so.';
COMMENT ON COLUMN member.ordinal  IS 'Place in the list of members, from 1.';

CREATE TABLE period (
    season   text COLLATE "C" NOT NULL,
    period   text COLLATE "C" NOT NULL,
    position bigint           NOT NULL,
    ordinal  integer          NOT NULL,
    from_day date             NOT NULL,
    to_day   date             NOT NULL,
    deadline date             NOT NULL,
    lock     date             NOT NULL,
    PRIMARY KEY (season, period)
);

COMMENT ON TABLE  period          IS 'Periods that are reported on.';
COMMENT ON COLUMN period.season   IS 'Season.';
COMMENT ON COLUMN period.period   IS 'Period.';
COMMENT ON COLUMN period.position IS 'Position in the log of the event that says so.';
COMMENT ON COLUMN period.ordinal  IS 'Place in the calendar, from 1.';
COMMENT ON COLUMN period.from_day IS 'First day.';
COMMENT ON COLUMN period.to_day   IS 'Last day.';
COMMENT ON COLUMN period.deadline IS 'Last day on which a report is in time.';
COMMENT ON COLUMN period.lock     IS 'Last day on which a report is taken.';

CREATE TABLE ruleset (
    season          text COLLATE "C" PRIMARY KEY,
    position        bigint           NOT NULL,
    scale           numeric          NOT NULL,
    digits          integer          NOT NULL,
    bonus_cap       numeric          NOT NULL,
    late_per_report numeric          NOT NULL,
    late_max        numeric          NOT NULL,
    tie_break       text[]           NOT NULL
);

COMMENT ON TABLE  ruleset                 IS 'What the rulesets say of the whole; criteria and tiers are in tables of their own.';
COMMENT ON COLUMN ruleset.season          IS 'Season.';
COMMENT ON COLUMN ruleset.position        IS 'Position in the log of the event that says so.';
COMMENT ON COLUMN ruleset.scale           IS 'Highest total that there can be, in points.';
COMMENT ON COLUMN ruleset.digits          IS 'Digits that points are rounded to.';
COMMENT ON COLUMN ruleset.bonus_cap       IS 'Most bonus points that count.';
COMMENT ON COLUMN ruleset.late_per_report IS 'Penalty points for each late or absent report.';
COMMENT ON COLUMN ruleset.late_max        IS 'Most penalty points for late and absent reports.';
COMMENT ON COLUMN ruleset.tie_break       IS 'What decides between equal totals, in this order.';

CREATE TABLE criterion (
    season       text COLLATE "C" NOT NULL,
    criterion    text COLLATE "C" NOT NULL,
    position     bigint           NOT NULL,
    group_id     text             NOT NULL,
    name_vi      text             NOT NULL,
    name_en      text,
    measure      text             NOT NULL,
    kind         text COLLATE "C" NOT NULL,
    direction    text COLLATE "C" NOT NULL,
    over_time    text COLLATE "C" NOT NULL,
    points       numeric          NOT NULL,
    formula      text COLLATE "C" NOT NULL,
    cap          numeric,
    steps        jsonb            NOT NULL,
    step_percent numeric,
    per_step     numeric,
    per_item     numeric,
    PRIMARY KEY (season, criterion)
);

COMMENT ON TABLE  criterion              IS 'Criteria of the rulesets. In the order of their positions they stand as in the ruleset.';
COMMENT ON COLUMN criterion.season       IS 'Season.';
COMMENT ON COLUMN criterion.criterion    IS 'Criterion.';
COMMENT ON COLUMN criterion.position     IS 'Position in the log of the event that defines it.';
COMMENT ON COLUMN criterion.group_id     IS 'Group of criteria.';
COMMENT ON COLUMN criterion.name_vi      IS 'Name in Vietnamese.';
COMMENT ON COLUMN criterion.name_en      IS 'Name in English, null where it has none.';
COMMENT ON COLUMN criterion.measure      IS 'What one is counted in; may be empty.';
COMMENT ON COLUMN criterion.kind         IS '"number", "ratio" or "yes_no".';
COMMENT ON COLUMN criterion.direction    IS '"higher" or "lower": which values are better.';
COMMENT ON COLUMN criterion.over_time    IS 'How the year''s actual follows from the periods: "sum", "latest", "cumulative", "mean" or "max".';
COMMENT ON COLUMN criterion.points       IS 'Maximum of points (M).';
COMMENT ON COLUMN criterion.formula      IS 'How points follow from the actual.';
COMMENT ON COLUMN criterion.cap          IS 'Cap of the attainment; null for the formula''s own.';
COMMENT ON COLUMN criterion.steps        IS 'Steps of the formula "steps": array of {at_least, share}, numbers as texts.';
COMMENT ON COLUMN criterion.step_percent IS 'With the formula "deduction": per cent of the target that cost one step.';
COMMENT ON COLUMN criterion.per_step     IS 'With the formula "deduction": points that a step costs.';
COMMENT ON COLUMN criterion.per_item     IS 'With the formula "count": points for one.';

CREATE TABLE tier (
    season         text COLLATE "C" NOT NULL,
    tier           text COLLATE "C" NOT NULL,
    position       bigint           NOT NULL,
    ordinal        integer          NOT NULL,
    name_vi        text             NOT NULL,
    name_en        text,
    min_total      numeric          NOT NULL,
    min_item_share numeric,
    PRIMARY KEY (season, tier)
);

COMMENT ON TABLE  tier                IS 'Tiers of the rulesets.';
COMMENT ON COLUMN tier.season         IS 'Season.';
COMMENT ON COLUMN tier.tier           IS 'Tier.';
COMMENT ON COLUMN tier.position       IS 'Position in the log of the event that says so.';
COMMENT ON COLUMN tier.ordinal        IS 'Place from the best, from 1.';
COMMENT ON COLUMN tier.name_vi        IS 'Name in Vietnamese.';
COMMENT ON COLUMN tier.name_en        IS 'Name in English, null where it has none.';
COMMENT ON COLUMN tier.min_total      IS 'Total from which on it is reached.';
COMMENT ON COLUMN tier.min_item_share IS 'Share of its maximum that every applicable criterion must have; null for no such condition.';

CREATE TABLE award_definition (
    season           text COLLATE "C" NOT NULL,
    award            text COLLATE "C" NOT NULL,
    position         bigint           NOT NULL,
    ordinal          integer          NOT NULL,
    title_vi         text             NOT NULL,
    title_en         text,
    most             bigint           NOT NULL,
    max_rank         bigint,
    min_tier         text COLLATE "C",
    body             text COLLATE "C",
    at_least_percent bigint,
    PRIMARY KEY (season, award)
);

COMMENT ON TABLE  award_definition                  IS 'What awards a season can grant, and on what conditions.';
COMMENT ON COLUMN award_definition.season           IS 'Season.';
COMMENT ON COLUMN award_definition.award            IS 'Award.';
COMMENT ON COLUMN award_definition.position         IS 'Position in the log of the event that says so.';
COMMENT ON COLUMN award_definition.ordinal          IS 'Place in the list of awards, from 1.';
COMMENT ON COLUMN award_definition.title_vi         IS 'Title in Vietnamese.';
COMMENT ON COLUMN award_definition.title_en         IS 'Title in English, null where it has none.';
COMMENT ON COLUMN award_definition.most             IS 'Most units that it can be granted to (limit).';
COMMENT ON COLUMN award_definition.max_rank         IS 'Last rank that can get it; null for no such condition.';
COMMENT ON COLUMN award_definition.min_tier         IS 'Lowest tier that can get it; null for no such condition.';
COMMENT ON COLUMN award_definition.body             IS 'Who votes on it: "cluster" or "council"; null where no ballot is needed.';
COMMENT ON COLUMN award_definition.at_least_percent IS 'Per cent of all members of the body that must say yes; null where no ballot is needed.';
