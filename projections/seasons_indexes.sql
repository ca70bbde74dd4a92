CREATE INDEX member_unit ON member (unit);
