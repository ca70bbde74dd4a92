package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/domain/scoring"
)

// explanation is the form of `explain --json`: how a unit's numbers came about. Decimals are texts.
type explanation struct {
	Season          string            `json:"season"`
	Unit            string            `json:"unit"`
	Position        domain.Position   `json:"position"`
	Final           bool              `json:"final"`
	Rank            int               `json:"rank"`
	Total           string            `json:"total"`
	IndicatorPoints string            `json:"indicator_points"`
	Base            string            `json:"base"`
	Bonus           string            `json:"bonus"`
	Penalty         string            `json:"penalty"`
	Lateness        string            `json:"lateness"`
	Adjustments     []adjustment      `json:"adjustments"`
	Items           []itemExplanation `json:"items"`
}

// adjustment is a bonus or penalty behind the total.
type adjustment struct {
	Kind     string          `json:"kind"`
	Points   string          `json:"points"`
	Reason   string          `json:"reason"`
	By       string          `json:"by"`
	At       string          `json:"at"`
	Position domain.Position `json:"position"`
}

// itemExplanation is how the points of one criterion came about.
type itemExplanation struct {
	Criterion  string        `json:"criterion"`
	Name       domain.Names  `json:"name"`
	Formula    string        `json:"formula"`
	OverTime   string        `json:"over_time"`
	Direction  string        `json:"direction"`
	MaxPoints  string        `json:"max_points"`
	State      string        `json:"state"`
	Target     *string       `json:"target"`
	Actual     *string       `json:"actual"`
	Attainment *string       `json:"attainment"`
	Cap        *string       `json:"cap"`
	Leader     *leader       `json:"leader"`
	Points     string        `json:"points"`
	Exact      *string       `json:"exact_points"`
	Terms      string        `json:"terms"`
	Values     []valueBehind `json:"values"`
}

// leader is the largest attainment (L) or actual of the season's members, and whose it is.
type leader struct {
	Value string `json:"value"`
	Unit  string `json:"unit"`
}

// valueBehind is one version of one value, and where it stands on the log.
type valueBehind struct {
	Period      string          `json:"period"`
	Kind        string          `json:"kind"` // reported, corrected or verified
	Version     uint64          `json:"version"`
	Value       string          `json:"value"`
	Denominator string          `json:"denominator,omitempty"`
	At          string          `json:"at"`
	By          string          `json:"by"`
	Reason      string          `json:"reason,omitempty"`
	Evidence    []evidenceFile  `json:"evidence,omitempty"`
	Position    domain.Position `json:"position"`
	Counts      bool            `json:"counts"`
}

// evidenceFile is a file behind a value.
type evidenceFile struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
}

func (a *app) explainCommand() *cobra.Command {
	var m moment
	cmd := &cobra.Command{
		Use:   "explain SEASON UNIT [CRITERION]",
		Short: "How a number came about: formula, terms, values, events and their positions",
		Args:  cobra.RangeArgs(2, 3),
		RunE:  func(cmd *cobra.Command, args []string) error { return a.explain(cmd.Context(), args, m) },
	}
	m.flags(cmd)
	return cmd
}

func (a *app) explain(ctx context.Context, args []string, m moment) error {
	return a.reading(ctx, "explain", func(p *place) error {
		w, position, err := a.world(ctx, p, args[0], m)
		if err != nil {
			return err
		}
		at, err := m.time(w)
		if err != nil {
			return err
		}
		e, err := a.explainUnit(ctx, p, w, at, args)
		if err != nil {
			return err
		}
		e.Position = position
		if a.json {
			return a.answer(e)
		}
		a.showExplanation(e)
		return nil
	})
}

func (a *app) explainUnit(ctx context.Context, p *place, w *domain.World, at time.Time, args []string) (*explanation, error) {
	if w.Season.Importing != "" {
		a.tell("Mùa thi đua %s đang được nhập dở nên chưa có xếp hạng.", "Season %s is half imported, so there is no ranking.", w.Season.ID)
		return nil, errTold
	}
	ranking := w.Ranking(at)
	i := slices.IndexFunc(ranking.Standings, func(s domain.Standing) bool { return s.Unit == args[1] })
	if i < 0 {
		return nil, &failure{domain.Text{
			VI: fmt.Sprintf("%q không phải là thành viên của mùa thi đua %s.", args[1], args[0]),
			EN: fmt.Sprintf("%q is not a member of season %s.", args[1], args[0]),
		}}
	}
	ex := &explainer{w: w, unit: args[1], at: at, digits: int(w.Season.Draft.Rounding.Digits.Int())}
	e := ex.explain(ranking, i)
	if len(args) == 3 {
		e.Items = slices.DeleteFunc(e.Items, func(item itemExplanation) bool { return item.Criterion != args[2] })
		if len(e.Items) == 0 {
			return nil, &failure{domain.Text{
				VI: fmt.Sprintf("Mùa thi đua %s không có tiêu chí %q.", args[0], args[2]), EN: fmt.Sprintf("Season %s has no criterion %q.", args[0], args[2]),
			}}
		}
	}
	return e, ex.name(ctx, a, p, e)
}

// name puts names for refs, and texts for digests.
func (ex *explainer) name(ctx context.Context, a *app, p *place, e *explanation) error {
	named, err := a.naming(ctx, p, ex.refs, ex.digests)
	if err != nil {
		return err
	}
	for i := range e.Adjustments {
		e.Adjustments[i].By, e.Adjustments[i].Reason = named.account(e.Adjustments[i].By), named.text(e.Adjustments[i].Reason)
	}
	for _, item := range e.Items {
		for i := range item.Values {
			v := &item.Values[i]
			v.By, v.Reason = named.account(v.By), named.text(v.Reason)
			for j := range v.Evidence {
				v.Evidence[j].Name = named.text(v.Evidence[j].Name)
			}
		}
	}
	return nil
}

// used reports whether an item is made of the submission or verification with a ref.
func used(item scoring.Item, period string, verified bool, ref int) bool {
	return slices.ContainsFunc(item.Used, func(u scoring.Used) bool {
		return u.Period == period && u.Verified == verified && u.Ref == ref
	})
}
