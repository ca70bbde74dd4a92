-- +goose Up

CREATE SCHEMA analytics;
COMMENT ON SCHEMA analytics IS 'What analysts read: versioned views, whose columns never change once they are released. A new need is a view of a new version.';

CREATE SCHEMA analytics_rules;
COMMENT ON SCHEMA analytics_rules IS 'What the views of the schema analytics leave out, and why. Not for analysts.';

CREATE TABLE private.sensitive_criterion (
    season    text COLLATE "C" NOT NULL,
    criterion text COLLATE "C" NOT NULL,
    marked_at timestamptz      NOT NULL DEFAULT now(),
    PRIMARY KEY (season, criterion)
);

COMMENT ON TABLE  private.sensitive_criterion           IS 'Criteria whose small numbers could point at single persons. The analytics views show no number under 5 of them, nor what would give one away.';
COMMENT ON COLUMN private.sensitive_criterion.season    IS 'Season.';
COMMENT ON COLUMN private.sensitive_criterion.criterion IS 'Criterion.';
COMMENT ON COLUMN private.sensitive_criterion.marked_at IS 'When it was marked, by the database''s clock. For operators; nothing is decided by it.';

CREATE TABLE frame.analytics (
    only_row          boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    definition_sha256 text    NOT NULL
);

COMMENT ON TABLE  frame.analytics                   IS 'Which analytics views there are, so that a start that has nothing to change is cheap.';
COMMENT ON COLUMN frame.analytics.only_row          IS 'There is one row.';
COMMENT ON COLUMN frame.analytics.definition_sha256 IS 'SHA-256 of the views'' definition.';
