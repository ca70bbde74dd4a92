CREATE INDEX unit_parent ON unit (parent);
