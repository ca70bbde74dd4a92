CREATE INDEX ballot_award ON ballot (season, award, unit);
CREATE INDEX award_granted_award ON award_granted (season, award, unit);
