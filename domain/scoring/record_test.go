package scoring_test

import (
	"testing"
	"time"

	"thidua/domain/scoring"
)

// Which of several papers of one cell counts, and when.
func TestCell(t *testing.T) {
	papers := []paper{
		target("C", "100"),
		reported("C", "Q1", "10", "04-01"),
		reported("C", "Q1", "30", "04-03"), // a correction, and then another written down before it
		reported("C", "Q1", "20", "04-02"),
	}
	recounted := append(papers,
		verified("C", "Q1", "7", "05-02"), verified("C", "Q1", "5", "05-03"), verified("C", "Q1", "6", "05-01"),
		reported("C", "Q1", "40", "05-04"))
	for name, tt := range map[string]struct {
		papers []paper
		day    string
		want   string
	}{
		"before all":                               {papers, "03-31", "-"},
		"a paper's own instant counts":             {papers, "04-01 12:00", "10"},
		"a minute before the correction":           {papers, "04-02 11:59", "10"},
		"after one correction":                     {papers, "04-02", "20"},
		"the latest, whatever the order of rows":   {papers, "12-31", "30"},
		"a verification replaces earlier values":   {recounted, "05-01", "6"},
		"the latest verification":                  {recounted, "05-03", "5"},
		"a verification replaces later values too": {recounted, "12-31", "5"},
		"before the verification":                  {recounted, "04-30", "30"},
		"a recount dated before the values":        {append(papers, verified("C", "Q1", "0", "03-01")), "12-31", "0"},
	} {
		t.Run(name, func(t *testing.T) {
			s := season([]scoring.Criterion{criterion("C")}, unit("a", tt.papers...))
			equal(t, "actual", text(standing(t, s, moment(tt.day), "a").Items[0].Actual), tt.want)
		})
	}
}

// A ranking is never later than the season's end, and then looks the same for ever.
func TestMoment(t *testing.T) {
	s := season([]scoring.Criterion{criterion("C")}, unit("a",
		target("C", "10"), inTime("C", "1", "1"),
		reported("C", "Q3", "1", "11-02"), // after the end
		adjusted("bonus", "5", "11-01"), adjusted("bonus", "7", "11-02"), adjusted("penalty", "1", "11-02"),
		held("2019-11-01", "2019-11-01"),
	))
	s.FinalisedAt = moment("11-01")
	atEnd := scoring.Rank(s, s.FinalisedAt)
	equal(t, "later", scoring.Rank(s, yearEnd), atEnd)
	equal(t, "bonus", text(atEnd[0].Bonus), "5")
	equal(t, "penalty", text(atEnd[0].Penalty), "2") // Q3 is absent
	equal(t, "actual", text(atEnd[0].Items[0].Actual), "2")
	equal(t, "eligible on the day of the end", atEnd[0].Eligible, false)

	before := scoring.Rank(s, moment("08-01"))
	s.FinalisedAt = time.Time{}
	equal(t, "before the end", before, scoring.Rank(s, moment("08-01")))
	equal(t, "bonus of a running season", text(scoring.Rank(s, yearEnd)[0].Bonus), "12")
}

// Late is by the first submission of the report, absent is none of it; the deadline's day, by the season's clock, is in time.
func TestReports(t *testing.T) {
	criteria := []scoring.Criterion{criterion("C"), criterion("D")}
	for name, tt := range map[string]struct {
		papers       []paper
		day          string
		late, absent int
	}{
		"the deadline's day is in time":          {[]paper{reported("C", "Q1", "1", "04-05 23:59")}, "04-30", 0, 0},
		"the day after is late":                  {[]paper{reported("C", "Q1", "1", "04-06 00:00")}, "04-30", 1, 0},
		"late already on that day":               {[]paper{reported("C", "Q1", "1", "04-06 00:00")}, "04-06 00:00", 1, 0},
		"nothing, its day not over":              {nil, "04-05 23:59", 0, 0},
		"nothing, its day over":                  {nil, "04-06 00:00", 0, 1},
		"absent until submitted":                 {[]paper{reported("C", "Q1", "1", "04-20")}, "04-19", 0, 1},
		"no longer absent, but late":             {[]paper{reported("C", "Q1", "1", "04-20")}, "04-20", 1, 0},
		"the first of the report decides":        {[]paper{reported("D", "Q1", "1", "04-20"), reported("C", "Q1", "1", "04-04")}, "04-30", 0, 0},
		"a late correction is not late":          {[]paper{reported("C", "Q1", "1", "04-04"), reported("C", "Q1", "2", "04-20")}, "04-30", 0, 0},
		"one report for all its late values":     {[]paper{reported("C", "Q1", "1", "04-20"), reported("D", "Q1", "2", "04-21")}, "04-30", 1, 0},
		"a value of another period is no report": {[]paper{reported("C", "Q2", "1", "04-04")}, "04-30", 0, 1},
		"a verification is no submission":        {[]paper{verified("C", "Q1", "1", "04-04")}, "04-30", 0, 1},
		"verified, then submitted late":          {[]paper{verified("C", "Q1", "1", "04-04"), reported("C", "Q1", "1", "04-20")}, "04-30", 1, 0},
		"in time by the own deadline":            {[]paper{extended("Q1", "2019-04-10"), reported("C", "Q1", "1", "04-10 23:59")}, "04-30", 0, 0},
		"late by the own deadline":               {[]paper{extended("Q1", "2019-04-10"), reported("C", "Q1", "1", "04-11 00:00")}, "04-30", 1, 0},
		"own deadline not yet passed":            {[]paper{extended("Q1", "2019-04-10")}, "04-10", 0, 0},
		"own deadline passed":                    {[]paper{extended("Q1", "2019-04-10")}, "04-11", 0, 1},
		"an extension is of its period only":     {[]paper{extended("Q2", "2019-07-10")}, "04-11", 0, 1},
		"all absent":                             {nil, "12-31", 0, 3},
		"one late, one absent, one in time":      {[]paper{reported("C", "Q1", "1", "04-20"), reported("C", "Q3", "1", "10-01")}, "12-31", 1, 1},
		"one criterion not applicable":           {[]paper{target("C", "na")}, "12-31", 0, 3},
		"no criterion applicable: no report":     {[]paper{target("C", "na"), target("D", "na")}, "12-31", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got := standing(t, season(criteria, unit("a", tt.papers...)), moment(tt.day), "a")
			equal(t, "late", got.Late, tt.late)
			equal(t, "absent", got.Absent, tt.absent)
			equal(t, "lateness", text(got.Lateness), text(number([]string{"0", "2", "4", "6"}[tt.late+tt.absent])))
		})
	}
}

// The zone of the instant as written means nothing: the season's does.
func TestReportsAreByLocalDate(t *testing.T) {
	u := unit("a", reported("C", "Q1", "1", "04-06 00:30"))
	u.Submissions[0].At = u.Submissions[0].At.UTC() // the 5th of April there
	s := season([]scoring.Criterion{criterion("C")}, u)
	equal(t, "late", standing(t, s, moment("04-06 01:00").UTC(), "a").Late, 1)
	equal(t, "reports", standing(t, s, moment("04-06 01:00").UTC(), "a").Reports, []scoring.Report{
		{Period: "Q1", Deadline: "2019-04-05", Passed: true, Submitted: "2019-04-06"},
		{Period: "Q2", Deadline: "2019-07-05"},
		{Period: "Q3", Deadline: "2019-10-05"},
	})
}
