package bundle

import "thidua/domain"

// targetRow is a row of targets.csv: a target in the unit's pledge. A blank one says no more than no row.
type targetRow struct {
	origin
	unit, criterion, target string
}

func (t *targetRow) cells() []cell {
	return []cell{
		{"unit", id(&t.unit), bold | key},
		{"criterion", code(&t.criterion), bold | key},
		{"target", target{&t.target}, 0},
	}
}

func (t *targetRow) about() subject { return subject{unit: t.unit, criterion: t.criterion} }

func (*targetRow) happened() domain.Instant { return domain.Instant{} }

// command sets this one target. The targets of a unit are set by one command, which targets makes.
func (t *targetRow) command(m maker) domain.Command { return setTargets(m.season, []*targetRow{t}) }

// setTargets asks for all targets of one unit, sorted by criterion.
func setTargets(season string, rows []*targetRow) domain.SetTargets {
	c := domain.SetTargets{Season: season, Unit: rows[0].unit}
	for _, t := range rows {
		if t.target != "" {
			c.Targets = append(c.Targets, domain.Target{Criterion: t.criterion, Target: t.target})
		}
	}
	return c
}

// signatureRow is a row of signatures.csv: the unit's leader signs its pledge.
type signatureRow struct {
	origin
	unit, signer, role string
	signedAt           domain.Instant
}

func (s *signatureRow) cells() []cell {
	return []cell{
		{"unit", id(&s.unit), bold | key},
		{"signer", free(&s.signer), bold | personal},
		{"role", free(&s.role), bold | personal},
		{"signed_at", instant{&s.signedAt}, bold},
	}
}

func (s *signatureRow) about() subject { return subject{unit: s.unit} }

func (s *signatureRow) happened() domain.Instant { return s.signedAt }

func (s *signatureRow) command(m maker) domain.Command {
	return domain.SignPledge{
		Season: m.season, Unit: s.unit, At: s.signedAt,
		Signer: m.person(s.signer), Role: m.seal("role", s.role), Signature: domain.PaperSignature, Members: m.members,
	}
}
