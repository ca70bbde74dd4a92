package dossier

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"

	"thidua/domain"
	"thidua/eventlog/envelope"
)

// inputUnit is all that went into a unit's score.
type inputUnit struct {
	Unit        string            `json:"unit"`
	Targets     []domain.Target   `json:"targets"`
	TargetsAt   domain.Position   `json:"targets_position"`
	Periods     []inputPeriod     `json:"periods"`
	Adjustments []inputAdjustment `json:"adjustments"`
	Holds       []inputHold       `json:"holds"`
}

// inputPeriod is a report: every value that was ever given, and every recount.
type inputPeriod struct {
	Period   string        `json:"period"`
	Deadline domain.Date   `json:"deadline"`
	Values   []inputValue  `json:"values"`
	Recounts []inputValue  `json:"recounts"`
	Extended []domain.Date `json:"extended"`
}

type inputValue struct {
	Criterion   string          `json:"criterion"`
	Value       domain.Decimal  `json:"value"`
	Denominator domain.Decimal  `json:"denominator,omitempty"`
	At          string          `json:"at"`
	Corrected   bool            `json:"corrected,omitempty"`
	By          string          `json:"by"`
	Evidence    []string        `json:"evidence,omitempty"`
	Position    domain.Position `json:"position"`
}

type inputAdjustment struct {
	Kind     string          `json:"kind"`
	Points   domain.Decimal  `json:"points"`
	At       string          `json:"at"`
	By       string          `json:"by"`
	Position domain.Position `json:"position"`
}

type inputHold struct {
	Hold     string          `json:"hold"`
	From     domain.Date     `json:"from"`
	To       domain.Date     `json:"to,omitempty"`
	LiftedAt string          `json:"lifted_at,omitempty"`
	Position domain.Position `json:"position"`
}

// inputs writes what went into the ranking, unit by unit, with the positions of the events that say so.
func (a *account) inputs() ([]byte, error) {
	units := []inputUnit{}
	for _, unit := range a.members() {
		pledge, conduct := a.world.Pledge(unit), a.world.Conduct(unit)
		in := inputUnit{
			Unit: unit, Targets: append([]domain.Target{}, pledge.Targets...), TargetsAt: pledge.TargetsAt,
			Periods: []inputPeriod{}, Adjustments: []inputAdjustment{}, Holds: []inputHold{},
		}
		for _, p := range a.world.Season.Draft.Periods {
			in.Periods = append(in.Periods, inputPeriodOf(p, a.world.Report(unit, p.ID)))
		}
		for _, adj := range conduct.Adjustments {
			in.Adjustments = append(in.Adjustments, inputAdjustment{adj.Kind, adj.Points, adj.At.String(), adj.By, adj.Position})
		}
		for _, h := range conduct.Holds {
			in.Holds = append(in.Holds, inputHold{h.Hold, h.From, h.To, h.Lifted.String(), h.Position})
		}
		units = append(units, in)
	}
	return indented(units)
}

// members are the season's members, none before it is drafted.
func (a *account) members() []string {
	if a.world.Season.Draft == nil {
		return nil
	}
	return a.world.Season.Draft.Members
}

func inputPeriodOf(p domain.Period, report *domain.Report) inputPeriod {
	in := inputPeriod{Period: p.ID, Deadline: p.Deadline, Values: []inputValue{}, Recounts: []inputValue{}, Extended: []domain.Date{}}
	for _, s := range report.Submissions {
		v := inputValue{
			Criterion: s.Criterion, Value: s.Value, Denominator: s.Denominator, At: s.At.String(), Corrected: s.Corrected, By: s.By, Position: s.Position,
		}
		for _, f := range s.Evidence {
			v.Evidence = append(v.Evidence, f.SHA256)
		}
		in.Values = append(in.Values, v)
	}
	for _, r := range report.Verifications {
		in.Recounts = append(in.Recounts, inputValue{Criterion: r.Criterion, Value: r.Value, Denominator: r.Denominator, At: r.At.String(), By: r.By, Position: r.Position})
	}
	for _, e := range report.Extensions {
		in.Extended = append(in.Extended, e.Deadline)
	}
	return in
}

// awardFile is one award with its ballots and decisions.
type awardFile struct {
	Award   string       `json:"award"`
	Title   domain.Names `json:"title"`
	Limit   domain.Whole `json:"limit"`
	Ballots []ballotFile `json:"ballots"`
	Granted []grantFile  `json:"granted"`
}

type ballotFile struct {
	domain.BallotTallied
	HeldAt   string          `json:"held_at"`
	Passed   bool            `json:"passed"`
	Position domain.Position `json:"position"`
}

type grantFile struct {
	Unit           string          `json:"unit"`
	DecisionNumber string          `json:"decision_number"`
	DecidedAt      string          `json:"decided_at"`
	Signer         string          `json:"signer"`
	Position       domain.Position `json:"position"`
}

// awards writes the awards with ballots and decisions; holds are among the inputs.
func (a *account) awards() ([]byte, error) {
	awards := []awardFile{}
	if a.world.Season.Draft == nil {
		return indented(awards)
	}
	for _, award := range a.world.Season.Draft.Awards {
		f := awardFile{Award: award.ID, Title: award.Title, Limit: award.Limit, Ballots: []ballotFile{}, Granted: []grantFile{}}
		for _, b := range a.world.Awards.Ballots {
			if b.Award == award.ID {
				f.Ballots = append(f.Ballots, ballotFile{b.BallotTallied, b.At.String(), b.Passed(award.Ballot), b.Position})
			}
		}
		for _, g := range a.world.Awards.Grants {
			if g.Award == award.ID {
				f.Granted = append(f.Granted, grantFile{g.Unit, g.DecisionNumber, g.At.String(), g.Signer, g.Position})
			}
		}
		awards = append(awards, f)
	}
	return indented(awards)
}

// listing writes a line for every event: where it stands, what it is, and the hashes by which it is found in the tree and in the file of events.
func (a *account) listing() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{"position", "leaf_index", "leaf_hash", "sha256", "recordedtime", "time", "type", "subject", "seasonversion", "streamversion", "actor"}}
	for _, r := range a.events {
		leaf, sum := tlog.RecordHash(r.Payload), sha256.Sum256(r.Payload)
		recorded := ""
		if !r.RecordedTime.IsZero() {
			recorded = envelope.RecordedText(r.RecordedTime)
		}
		rows = append(rows, []string{
			strconv.FormatUint(r.Position, 10), strconv.FormatUint(r.Position-1, 10), hex.EncodeToString(leaf[:]), hex.EncodeToString(sum[:]),
			recorded, r.Time.String(), r.Type, r.Stream.String(), strconv.FormatUint(r.SeasonVersion, 10), strconv.FormatUint(r.StreamVersion, 10), r.Actor,
		})
	}
	err := w.WriteAll(rows)
	return b.Bytes(), err
}
