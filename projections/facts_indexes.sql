CREATE INDEX value_cell ON value (season, unit, period, criterion);
CREATE INDEX verification_cell ON verification (season, unit, period, criterion);
CREATE INDEX adjustment_unit ON adjustment (season, unit);
CREATE INDEX extension_unit ON extension (season, unit, period);
