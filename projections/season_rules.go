package projections

import (
	"encoding/json"

	"github.com/lib/pq"

	"thidua/domain"
)

// ruleRows are what the seasons of one batch say of themselves: members, calendar, rules, awards. A season says it once.
type ruleRows struct{ members, periods, rulesets, criteria, tiers, awards rows }

func newRuleRows() *ruleRows {
	return &ruleRows{
		members:  rows{table: "member", columns: memberColumns},
		periods:  rows{table: "period", columns: periodColumns},
		rulesets: rows{table: "ruleset", columns: rulesetColumns},
		criteria: rows{table: "criterion", columns: criterionColumns},
		tiers:    rows{table: "tier", columns: tierColumns},
		awards:   rows{table: "award_definition", columns: awardDefinitionColumns},
	}
}

func (b *ruleRows) all() []*rows {
	return []*rows{&b.members, &b.periods, &b.rulesets, &b.criteria, &b.tiers, &b.awards}
}

func (b *ruleRows) add(r domain.Recorded) error {
	switch e := r.Event.(type) {
	case *domain.SeasonDrafted:
		b.addDraft(r, e)
	case *domain.CriterionDefined:
		return b.addCriterion(r, e)
	}
	return nil
}

func (b *ruleRows) addDraft(r domain.Recorded, e *domain.SeasonDrafted) {
	season, position := r.Stream.Season, int64(r.Position)
	for i, unit := range e.Members {
		b.members.add(season, unit, position, i+1)
	}
	for i, p := range e.Periods {
		b.periods.add(season, p.ID, position, i+1, string(p.From), string(p.To), string(p.Deadline), string(p.Lock))
	}
	b.rulesets.add(season, position, string(e.Scale), e.Rounding.Digits.Int(), string(e.BonusCap), string(e.Lateness.PerReport), string(e.Lateness.Max),
		pq.Array(append([]string{}, e.TieBreak...))) // an empty array, not NULL
	for i, t := range e.Tiers {
		b.tiers.add(season, t.ID, position, i+1, t.Name.VI, text(t.Name.EN), string(t.MinTotal), text(t.MinItemShare))
	}
	for i, a := range e.Awards {
		var body, percent any
		if a.Ballot != nil {
			body, percent = a.Ballot.Body, a.Ballot.AtLeastPercent.Int()
		}
		b.awards.add(season, a.ID, position, i+1, a.Title.VI, text(a.Title.EN), a.Limit.Int(), text(a.MaxRank), text(a.MinTier), body, percent)
	}
}

func (b *ruleRows) addCriterion(r domain.Recorded, e *domain.CriterionDefined) error {
	steps := []byte("[]")
	if len(e.Steps) > 0 {
		var err error
		if steps, err = json.Marshal(e.Steps); err != nil {
			return err
		}
	}
	b.criteria.add(r.Stream.Season, e.ID, int64(r.Position), e.Group, e.Name.VI, text(e.Name.EN), e.Measure, e.Kind, e.Direction, e.OverTime,
		string(e.Points), e.Formula, text(e.Cap), string(steps), text(e.StepPercent), text(e.PerStep), text(e.PerItem))
	return nil
}
