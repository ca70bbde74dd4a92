package bundle

import "thidua/domain"

// ballotRow is a row of ballots.csv: the totals of a counted secret ballot.
type ballotRow struct {
	origin
	heldAt domain.Instant
	data   domain.BallotTallied
}

func (b *ballotRow) cells() []cell {
	return []cell{
		{"award", code(&b.data.Award), bold | key},
		{"unit", id(&b.data.Unit), bold | key},
		{"held_at", instant{&b.heldAt}, bold},
		{"members", whole{&b.data.Members}, bold},
		{"present", whole{&b.data.Present}, bold},
		{"yes", whole{&b.data.Yes}, bold},
		{"no", whole{&b.data.No}, bold},
		{"blank", whole{&b.data.Blank}, bold},
		{"invalid", whole{&b.data.Invalid}, bold},
	}
}

func (b *ballotRow) about() subject { return subject{unit: b.data.Unit, award: b.data.Award} }

func (b *ballotRow) happened() domain.Instant { return b.heldAt }

func (b *ballotRow) command(m maker) domain.Command {
	return domain.TallyBallot{Season: m.season, At: b.heldAt, BallotTallied: b.data}
}

// awardRow is a row of awards.csv: a numbered, signed decision that grants an award.
type awardRow struct {
	origin
	award, unit, decision string
	decidedAt             domain.Instant
	signer, competence    string
}

func (a *awardRow) cells() []cell {
	return []cell{
		{"award", code(&a.award), bold | key},
		{"unit", id(&a.unit), bold | key},
		{"decision_number", free(&a.decision), bold},
		{"decided_at", instant{&a.decidedAt}, bold},
		{"signer", free(&a.signer), bold | personal},
		{"competence", free(&a.competence), bold | personal},
	}
}

func (a *awardRow) about() subject { return subject{unit: a.unit, award: a.award} }

func (a *awardRow) happened() domain.Instant { return a.decidedAt }

func (a *awardRow) command(m maker) domain.Command {
	return domain.GrantAward{
		Season: m.season, At: a.decidedAt,
		AwardGranted: domain.AwardGranted{
			Award: a.award, Unit: a.unit, DecisionNumber: a.decision,
			Signer: m.person(a.signer), Competence: m.seal("competence", a.competence), By: m.actor,
		},
	}
}
