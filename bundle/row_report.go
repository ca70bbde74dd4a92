package bundle

import "thidua/domain"

// valueRow is a row of values.csv: a value reported, or a correction of one.
type valueRow struct {
	origin
	unit, period, criterion string
	value, denominator      domain.Decimal
	submittedAt             domain.Instant
	submittedBy             string
	evidence                []file
	reason, note            string
}

func (v *valueRow) cells() []cell {
	return []cell{
		{"unit", id(&v.unit), bold | key},
		{"period", code(&v.period), bold | key},
		{"criterion", code(&v.criterion), bold | key},
		{"value", decimal{&v.value}, bold},
		{"denominator", decimal{&v.denominator}, 0},
		{"submitted_at", instant{&v.submittedAt}, bold | key},
		{"submitted_by", free(&v.submittedBy), bold | personal},
		{"evidence", fileNames{&v.evidence}, personal},
		{"reason", free(&v.reason), personal},
		{"note", free(&v.note), personal},
	}
}

func (v *valueRow) about() subject {
	return subject{unit: v.unit, period: v.period, criterion: v.criterion}
}

func (v *valueRow) happened() domain.Instant { return v.submittedAt }

func (v *valueRow) command(m maker) domain.Command {
	c := domain.ReportIndicator{
		Season: m.season, Unit: v.unit, Period: v.period, At: v.submittedAt,
		IndicatorReported: domain.IndicatorReported{
			Criterion: v.criterion, Value: v.value, Denominator: v.denominator,
			By: m.person(v.submittedBy), Reason: m.seal("reason", v.reason), Note: m.seal("note", v.note),
		},
	}
	for _, f := range v.evidence {
		c.Evidence = append(c.Evidence, domain.Evidence{SHA256: f.sha256, Size: f.size, MediaType: mediaType(f.name), Name: m.seal("name", f.name)})
	}
	return c
}

// verificationRow is a row of verifications.csv: an inspector's recount of one cell.
type verificationRow struct {
	origin
	unit, period, criterion string
	value, denominator      domain.Decimal
	inspector               string
	verifiedAt              domain.Instant
	finding                 string
}

func (v *verificationRow) cells() []cell {
	return []cell{
		{"unit", id(&v.unit), bold | key},
		{"period", code(&v.period), bold | key},
		{"criterion", code(&v.criterion), bold | key},
		{"value", decimal{&v.value}, bold},
		{"denominator", decimal{&v.denominator}, 0},
		{"inspector", free(&v.inspector), bold | personal},
		{"verified_at", instant{&v.verifiedAt}, bold | key},
		{"finding", free(&v.finding), personal},
	}
}

func (v *verificationRow) about() subject {
	return subject{unit: v.unit, period: v.period, criterion: v.criterion}
}

func (v *verificationRow) happened() domain.Instant { return v.verifiedAt }

func (v *verificationRow) command(m maker) domain.Command {
	return domain.VerifyIndicator{
		Season: m.season, Unit: v.unit, Period: v.period, At: v.verifiedAt,
		IndicatorVerified: domain.IndicatorVerified{
			Criterion: v.criterion, Value: v.value, Denominator: v.denominator,
			By: m.person(v.inspector), Finding: m.seal("finding", v.finding),
		},
	}
}

// exceptionRow is a row of exceptions.csv: a unit's own later deadline for a period.
type exceptionRow struct {
	origin
	unit, period      string
	deadline          domain.Date
	grantedBy, reason string
	grantedAt         domain.Instant
	document          string
}

func (e *exceptionRow) cells() []cell {
	return []cell{
		{"unit", id(&e.unit), bold | key},
		{"period", code(&e.period), bold | key},
		{"deadline", date(&e.deadline), bold},
		{"granted_by", free(&e.grantedBy), bold | personal},
		{"reason", free(&e.reason), bold | personal},
		{"granted_at", instant{&e.grantedAt}, 0},
		{"document", free(&e.document), personal},
	}
}

func (e *exceptionRow) about() subject { return subject{unit: e.unit, period: e.period} }

func (e *exceptionRow) happened() domain.Instant { return e.grantedAt }

func (e *exceptionRow) command(m maker) domain.Command {
	return domain.ExtendDeadline{
		Season: m.season, Unit: e.unit, Period: e.period, At: e.grantedAt,
		DeadlineExtended: domain.DeadlineExtended{
			Deadline: e.deadline, By: m.person(e.grantedBy), Reason: m.seal("reason", e.reason), Document: m.seal("document", e.document),
		},
	}
}
