package domain_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
)

// The first value of a cell is a report, a later one a correction. Which is later the instants say, not the order of the log.
func TestReportIndicator(t *testing.T) {
	first := report("alpha", "Q1", "R", "30/50", reportedAt, proven)
	signed().when(first).then(t, &first.IndicatorReported)

	one := signed().and(correct("alpha", "4", reportedAt))
	later, earlier := correct("alpha", "5", correctedAt), correct("alpha", "3", "2019-03-19T09:00:00+07:00")
	corrected := domain.IndicatorCorrected(later.IndicatorReported)
	one.when(later).then(t, &corrected)
	one.when(earlier).then(t, &earlier.IndicatorReported)
	one.and(earlier).when(later).then(t, &corrected)
}

// By local date a value comes not before its period begins.
func TestWindowOpens(t *testing.T) {
	signed().tries(t, []trial{
		{"the first second", report("alpha", "Q1", "N", "1", "2019-01-01T00:00:00+07:00"), accepted},
		{"the first second, in UTC", report("alpha", "Q1", "N", "1", "2018-12-31T17:00:00Z"), accepted},
		{"the first second, west of UTC", report("alpha", "Q1", "N", "1", "2018-12-31T12:00:00-05:00"), accepted},
		{"a second before", report("alpha", "Q1", "N", "1", "2018-12-31T23:59:59+07:00"), "window submitted_at"},
		{"a microsecond before", report("alpha", "Q1", "N", "1", "2018-12-31T23:59:59.999999+07:00"), "window submitted_at"},
		{"a second before, in UTC", report("alpha", "Q1", "N", "1", "2018-12-31T16:59:59Z"), "window submitted_at"},
		{"the new year of Tokyo", report("alpha", "Q1", "N", "1", "2019-01-01T00:00:00+09:00"), "window submitted_at"},
	})
}

// A value comes not after the later of the lock and the unit's own deadline: that day is the last.
func TestWindowCloses(t *testing.T) {
	signed().tries(t, []trial{
		{"the last second", report("alpha", "Q1", "N", "1", "2019-04-20T23:59:59+07:00"), accepted},
		{"the last microsecond", report("alpha", "Q1", "N", "1", "2019-04-20T23:59:59.999999+07:00"), accepted},
		{"the last second, on the next day elsewhere", report("alpha", "Q1", "N", "1", "2019-04-21T01:59:59+09:00"), accepted},
		{"the next second", report("alpha", "Q1", "N", "1", "2019-04-21T00:00:00+07:00"), "window submitted_at"},
		{"the next second, still the day elsewhere", report("alpha", "Q1", "N", "1", "2019-04-20T17:00:00Z"), "window submitted_at"},
		{"a correction after the lock", correct("alpha", "1", "2019-04-21T00:00:00+07:00"), "window submitted_at"},
	})
	signed().and(extend("alpha", "Q1", "2019-05-10")).tries(t, []trial{
		{"on the own deadline after the lock", report("alpha", "Q1", "N", "1", "2019-05-10T23:59:59+07:00"), accepted},
		{"after the own deadline", report("alpha", "Q1", "N", "1", "2019-05-11T00:00:00+07:00"), "window submitted_at"},
		{"another unit's", report("beta", "Q1", "N", "1", "2019-05-10T23:59:59+07:00"), "window submitted_at"},
		{"another period's", report("alpha", "Q2", "N", "1", "2019-07-21T00:00:00+07:00"), "window submitted_at"},
	})
	signed().and(extend("alpha", "Q1", "2019-04-10")).tries(t, []trial{
		{"the lock after the own deadline", report("alpha", "Q1", "N", "1", "2019-04-20T23:59:59+07:00"), accepted},
	})
}

// What a cell takes: yes_no is 0 or 1; a ratio has a denominator, nothing else has one; nothing that does not apply.
func TestCellValue(t *testing.T) {
	signed().tries(t, []trial{
		{"0", report("alpha", "Q1", "N", "0", reportedAt), accepted},
		{"yes", report("alpha", "Q1", "Y", "1", reportedAt), accepted},
		{"no, written at length", report("alpha", "Q1", "Y", "0.00", reportedAt), accepted},
		{"yes, written at length", report("alpha", "Q1", "Y", "01.0", reportedAt), accepted},
		{"two", report("alpha", "Q1", "Y", "2", reportedAt), "yes-no value"},
		{"half", report("alpha", "Q1", "Y", "0.5", reportedAt), "yes-no value"},
		{"yes of one", report("alpha", "Q1", "Y", "1/1", reportedAt), "denominator denominator"},
		{"a ratio", report("alpha", "Q1", "R", "30/50", reportedAt), accepted},
		{"a ratio above 100 %", report("alpha", "Q1", "R", "60/50", reportedAt), accepted},
		{"a ratio of nothing", report("alpha", "Q1", "R", "0/0", reportedAt), accepted},
		{"a ratio without a denominator", report("alpha", "Q1", "R", "30", reportedAt), "denominator denominator"},
		{"a number with a denominator", report("alpha", "Q1", "N", "30/50", reportedAt), "denominator denominator"},
		{"what does not apply", report("gamma", "Q1", "R", "30/50", reportedAt), "applicable criterion"},
		{"what has no target", report("alpha", "Q1", "Y", "1", reportedAt), accepted},
		{"no member", report("delta", "Q1", "N", "1", reportedAt), "member unit"},
		{"no period", report("alpha", "Q5", "N", "1", reportedAt), "known period"},
		{"no criterion", report("alpha", "Q1", "Z", "1", reportedAt), "known criterion"},
		{"several things at once", report("gamma", "Q1", "R", "1", "2019-04-21T00:00:00+07:00"), "applicable criterion, denominator denominator, window submitted_at"},
	})
}

// All but the first submission of a cell state a reason, and no two of one cell have one instant.
func TestCorrections(t *testing.T) {
	const nine = "2019-03-20T09:00:00+07:00"
	signed().and(report("alpha", "Q1", "N", "4", nine)).tries(t, []trial{
		{"with a reason", correct("alpha", "5", "2019-03-20T09:00:01+07:00"), accepted},
		{"without", report("alpha", "Q1", "N", "5", "2019-03-20T09:00:01+07:00"), "reason reason"},
		{"the same value without", report("alpha", "Q1", "N", "4", "2019-03-20T09:00:01+07:00"), "reason reason"},
		{"another criterion without", report("alpha", "Q1", "Y", "1", "2019-03-20T09:00:01+07:00"), accepted},
		{"another period without", report("alpha", "Q2", "N", "1", "2019-04-20T09:00:01+07:00"), accepted},
		{"another unit without", report("beta", "Q1", "N", "1", "2019-03-20T09:00:01+07:00"), accepted},
		{"at the same instant", correct("alpha", "5", nine), "duplicate submitted_at"},
		{"at the same instant, written differently", correct("alpha", "5", "2019-03-20T02:00:00.000Z"), "duplicate submitted_at"},
		{"earlier, so that the other one lacks a reason", report("alpha", "Q1", "N", "3", "2019-03-20T08:59:59+07:00"), "reason submitted_at"},
	})
	two := signed().and(report("alpha", "Q1", "N", "4", nine), correct("alpha", "5", "2019-03-25T09:00:00+07:00"))
	two.tries(t, []trial{
		{"between two", correct("alpha", "6", "2019-03-22T09:00:00+07:00"), accepted},
		{"between two, without a reason", report("alpha", "Q1", "N", "6", "2019-03-22T09:00:00+07:00"), "reason reason"},
		{"at the instant of a correction", correct("alpha", "6", "2019-03-25T02:00:00Z"), "duplicate submitted_at"},
	})
	signed().and(correct("alpha", "4", nine)).tries(t, []trial{
		{"before one that states a reason", report("alpha", "Q1", "N", "3", "2019-03-20T08:59:59+07:00"), accepted},
	})
}

func TestFutureReport(t *testing.T) {
	signed().by("2019-03-20T02:00:00Z").tries(t, []trial{
		{"at this very moment", report("alpha", "Q1", "N", "1", "2019-03-20T09:00:00+07:00"), accepted},
		{"a microsecond ahead", report("alpha", "Q1", "N", "1", "2019-03-20T09:00:00.000001+07:00"), "future submitted_at"},
	})
}

func TestEvidenceSize(t *testing.T) {
	with := func(sizes ...int64) domain.ReportIndicator {
		return report("alpha", "Q1", "N", "1", reportedAt, func(c *domain.ReportIndicator) {
			for _, size := range sizes {
				c.Evidence = append(c.Evidence, domain.Evidence{SHA256: domain.Digest(size), Size: size, MediaType: "image/jpeg", Name: text("ảnh.jpg")})
			}
		})
	}
	signed().tries(t, []trial{
		{"20 MiB each", with(20<<20, 20<<20), accepted},
		{"a byte more", with(1, 20<<20+1), "evidence-size evidence"},
	})
}

func TestExtendDeadline(t *testing.T) {
	c := extend("beta", "Q1", "2019-04-06")
	signed().when(c).then(t, &c.DeadlineExtended)
	signed().and(c).tries(t, []trial{
		{"the period's own deadline", extend("alpha", "Q1", "2019-04-05"), "extension deadline"},
		{"after the lock", extend("alpha", "Q1", "2019-09-30"), accepted},
		{"twice", extend("beta", "Q1", "2019-04-10"), "duplicate period"},
		{"another period", extend("beta", "Q2", "2019-07-06"), accepted},
		{"no member", extend("delta", "Q1", "2019-04-06"), "member unit"},
		{"no period", extend("alpha", "Q5", "2019-04-06"), "known period"},
	})
	granted := func(at string) domain.ExtendDeadline {
		c := extend("alpha", "Q1", "2019-04-06")
		c.At = instant(at)
		return c
	}
	signed().by("2019-04-01T02:00:00Z").tries(t, []trial{
		{"granted at this very moment", granted("2019-04-01T09:00:00+07:00"), accepted},
		{"granted ahead of the clock", granted("2019-04-01T09:00:01+07:00"), "future granted_at"},
	})
}

// Cell lists a cell by instant, whatever the order on the log.
func TestCell(t *testing.T) {
	w := signed().and(correct("alpha", "2", "2019-03-20T09:00:00+07:00"), correct("alpha", "3", "2019-03-20T02:30:00Z"), correct("alpha", "1", "2019-03-20T08:59:59+07:00")).world(t)
	var got []domain.Decimal
	for _, s := range w.Report("alpha", "Q1").Cell("N") {
		got = append(got, s.Value)
	}
	if diff := cmp.Diff([]domain.Decimal{"1", "2", "3"}, got); diff != "" {
		t.Errorf("values by instant (-want +got):\n%s", diff)
	}
}
