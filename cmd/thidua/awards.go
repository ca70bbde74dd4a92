package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/projections"
)

// awardsAnswer is the form of `awards --json`.
type awardsAnswer struct {
	Season string        `json:"season"`
	Awards []awardAnswer `json:"awards"`
	Holds  []holdAnswer  `json:"holds"`
}

type awardAnswer struct {
	Award   string         `json:"award"`
	Title   domain.Names   `json:"title"`
	Limit   int            `json:"limit"`
	Ballots []ballotAnswer `json:"ballots"`
	Granted []grantAnswer  `json:"granted"`
}

type ballotAnswer struct {
	Unit     string          `json:"unit"`
	HeldAt   string          `json:"held_at"`
	Members  int64           `json:"members"`
	Present  int64           `json:"present"`
	Yes      int64           `json:"yes"`
	No       int64           `json:"no"`
	Blank    int64           `json:"blank"`
	Invalid  int64           `json:"invalid"`
	Passed   bool            `json:"passed"`
	Position domain.Position `json:"position"`
}

type grantAnswer struct {
	Unit           string          `json:"unit"`
	DecisionNumber string          `json:"decision_number"`
	DecidedAt      string          `json:"decided_at"`
	Signer         string          `json:"signer"`
	Competence     string          `json:"competence"`
	Position       domain.Position `json:"position"`
	// Signatures are the forms in which the decision is signed on the record; none for one on paper.
	Signatures []string `json:"signatures"`
}

type holdAnswer struct {
	Unit     string          `json:"unit"`
	From     domain.Date     `json:"from"`
	To       *domain.Date    `json:"to"`
	Reason   string          `json:"reason"`
	LiftedAt *string         `json:"lifted_at"`
	Position domain.Position `json:"position"`
}

func (a *app) awardsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "awards SEASON",
		Short: "Awards with ballots, decisions and holds",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.reading(cmd.Context(), "awards", func(p *place) error { return a.awards(cmd.Context(), p, args[0]) })
		},
	}
}

func (a *app) awards(ctx context.Context, p *place, season string) error {
	found, err := projections.Awards(ctx, p.db, season)
	if err != nil {
		return a.noSeason(err, season)
	}
	answer, err := a.nameAwards(ctx, p, season, found)
	if err != nil {
		return err
	}
	if a.json {
		return a.answer(answer)
	}
	a.showAwards(answer)
	return nil
}

// nameAwards puts names for refs, and texts for digests.
func (a *app) nameAwards(ctx context.Context, p *place, season string, found *projections.SeasonAwards) (*awardsAnswer, error) {
	var refs, digests []string
	for _, award := range found.Awards {
		for _, g := range award.Grants {
			refs, digests = append(refs, g.Signer), append(digests, g.CompetenceSD)
		}
	}
	for _, h := range found.Holds {
		digests = append(digests, h.ReasonSD)
	}
	named, err := a.naming(ctx, p, refs, digests)
	if err != nil {
		return nil, err
	}
	answer := &awardsAnswer{Season: season, Awards: []awardAnswer{}, Holds: []holdAnswer{}}
	forms := projections.SignedForms{}
	if !p.damaged() {
		if forms, err = projections.Forms(ctx, p.db, season, 0); err != nil {
			return nil, err
		}
	}
	for _, award := range found.Awards {
		answer.Awards = append(answer.Awards, awardOf(award, named, forms))
	}
	for _, h := range found.Holds {
		hold := holdAnswer{Unit: h.Unit, From: h.From, Reason: named.text(h.ReasonSD), Position: h.Position}
		if h.To != "" {
			hold.To = &h.To
		}
		if h.LiftedAt != "" {
			hold.LiftedAt = &h.LiftedAt
		}
		answer.Holds = append(answer.Holds, hold)
	}
	return answer, nil
}

func awardOf(award projections.Award, named naming, forms projections.SignedForms) awardAnswer {
	answer := awardAnswer{Award: award.ID, Title: award.Title, Limit: award.Limit, Ballots: []ballotAnswer{}, Granted: []grantAnswer{}}
	for _, b := range award.Ballots {
		answer.Ballots = append(answer.Ballots, ballotAnswer{
			Unit: b.Unit, HeldAt: b.HeldAt, Members: b.Members, Present: b.Present, Yes: b.Yes, No: b.No, Blank: b.Blank, Invalid: b.Invalid,
			Passed: b.Passed, Position: b.Position,
		})
	}
	for _, g := range award.Grants {
		answer.Granted = append(answer.Granted, grantAnswer{
			Unit: g.Unit, DecisionNumber: g.DecisionNumber, DecidedAt: g.DecidedAt, Signer: named.name(g.Signer), Competence: named.text(g.CompetenceSD),
			Position: g.Position, Signatures: append([]string{}, forms.Awards[g.Position]...),
		})
	}
	return answer
}

func (a *app) showAwards(answer *awardsAnswer) {
	for _, award := range answer.Awards {
		fmt.Fprintf(a.out, "%s  %s (%d)\n", award.Award, a.say(award.Title.VI, award.Title.EN), award.Limit)
		for _, b := range award.Ballots {
			passed := a.say("đạt", "passed")
			if !b.Passed {
				passed = a.say("không đạt", "failed")
			}
			a.printf("  bỏ phiếu   %s  %s  đồng ý %d/%d thành viên, %s  #%d", "  ballot     %s  %s  yes %d of %d members, %s  #%d",
				b.Unit, b.HeldAt, b.Yes, b.Members, passed, b.Position)
		}
		for _, g := range award.Granted {
			a.printf("  quyết định %s  %s  số %s  %s, %s  #%d  %s", "  granted    %s  %s  no. %s  %s, %s  #%d  %s",
				g.Unit, g.DecidedAt, g.DecisionNumber, g.Signer, g.Competence, g.Position, a.formsTold(g.Signatures))
		}
	}
	for _, h := range answer.Holds {
		to := a.say("chưa hết", "open")
		if h.To != nil {
			to = string(*h.To)
		}
		if h.LiftedAt != nil {
			to = *h.LiftedAt
		}
		a.printf("tạm dừng xét %s  từ %s đến %s  %s  #%d", "hold on %s  from %s to %s  %s  #%d", h.Unit, h.From, to, h.Reason, h.Position)
	}
}
