CREATE INDEX audit_season ON audit (season, position);
CREATE INDEX audit_unit ON audit (unit, position);
