package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/domain/explain"
	"thidua/projections"
)

// rankingAnswer is the form of `ranking --json` (spec "cli").
type rankingAnswer struct {
	Season        string          `json:"season"`
	Position      domain.Position `json:"position"`
	At            *string         `json:"at"`
	Final         bool            `json:"final"`
	RulesetSHA256 string          `json:"ruleset_sha256"`
	Complete      bool            `json:"complete"`
	// Parked are the positions of the season's events that a read model could not take: without them there is no ranking.
	Parked []domain.Position `json:"parked,omitempty"`
	// Lost are the gaps of the log in which events of the season are lost: it is not complete then, and never will be.
	Lost []domain.Position `json:"lost,omitempty"`
	// Hypothetical says that this is no ranking of the record, but one as if some events had never been.
	Hypothetical *explain.Hypothesis `json:"hypothetical,omitempty"`
	Standings    []domain.Standing   `json:"standings"`
	// Signatures say what of it is signed, and how: on paper or with a key.
	Signatures *signatureMarks `json:"signatures,omitempty"`
}

func (a *app) rankingCommand() *cobra.Command {
	var m moment
	var without []uint
	var restated bool
	cmd := &cobra.Command{
		Use:   "ranking SEASON",
		Short: "The standings of a season, now or then",
		Long: "The standings of a season, now or then.\n" +
			"--at asks what had happened by a time; --known-at and --position ask what the log held by then; both together are possible.\n" +
			"--without asks what it were if an event had never been, for a number of them: a hypothetical ranking, marked so, of targets, values, recounts,\n" +
			"exceptions, points and holds. --restated shows a final ranking as it was decided beside what the record gives now as of the same moment.",
		Example: "  thidua ranking northern-border-2019 --at 2019-10-31T23:59:59+07:00\n  thidua ranking northern-border-2019 --without 743 --without 816\n" +
			"  thidua ranking northern-border-2019 --restated",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case restated:
				return a.showRestated(cmd.Context(), args[0], m)
			case len(without) > 0:
				return a.showWithout(cmd.Context(), args[0], m, without)
			}
			return a.showRanking(cmd.Context(), args[0], m)
		},
	}
	m.flags(cmd)
	cmd.Flags().UintSliceVar(&without, "without", nil, "as if the event at this position had never been (hypothetical)")
	cmd.Flags().BoolVar(&restated, "restated", false, "the final ranking beside what is known now")
	cmd.MarkFlagsMutuallyExclusive("restated", "without")
	cmd.MarkFlagsMutuallyExclusive("restated", "at")
	return cmd
}

func (a *app) showRanking(ctx context.Context, season string, m moment) error {
	return a.reading(ctx, "ranking", func(p *place) error {
		answer, err := a.ranking(ctx, p, season, m)
		if err != nil {
			return err
		}
		return a.writeRanking(answer)
	})
}

func (a *app) writeRanking(answer *rankingAnswer) error {
	if a.json {
		if err := a.answer(answer); err != nil {
			return err
		}
	}
	if err := a.incomplete(answer); err != nil {
		return err
	}
	if !a.json {
		a.tableRanking(answer)
		a.showMarks(answer)
	}
	return nil
}

// incomplete says why a season has no ranking, where it has none.
func (a *app) incomplete(answer *rankingAnswer) error {
	if len(answer.Lost) > 0 {
		a.tell("Mùa thi đua %s đã mất sự kiện (chỗ trống của sổ tại vị trí %d) nên không có xếp hạng.",
			"Season %s has lost events (a gap of the log at position %d), so there is no ranking.", answer.Season, answer.Lost[0])
		return errTold
	}
	if n := len(answer.Parked); n > 0 {
		a.tell("Mùa thi đua %s chưa đủ nên chưa có xếp hạng; số sự kiện bị treo: %d, sự kiện đầu ở vị trí %d. Xem: thidua parked list",
			"Season %s is incomplete, so there is no ranking; parked events: %d, the first at position %d. See: thidua parked list", answer.Season, n, answer.Parked[0])
		return errTold
	}
	if !answer.Complete {
		a.tell("Mùa thi đua %s đang được nhập dở nên chưa có xếp hạng. Hãy chạy lại lệnh import đã bị dừng.",
			"Season %s is half imported, so there is no ranking. Run the import that was stopped again.", answer.Season)
		return errTold
	}
	return nil
}

// ranking answers with the standings, none where events of the season are lost.
func (a *app) ranking(ctx context.Context, p *place, season string, m moment) (*rankingAnswer, error) {
	answer, err := a.rankingOf(ctx, p, season, m)
	if err != nil {
		return nil, err
	}
	if len(answer.Standings) > 0 && !p.damaged() {
		upTo := answer.Position
		if m == (moment{}) {
			upTo = 0
		}
		if answer.Signatures, err = a.marks(ctx, p, answer, upTo); err != nil {
			return nil, err
		}
	}
	if gaps, err := p.log.AnyGap(ctx); err != nil || !gaps {
		return answer, err
	}
	w, _, err := a.world(ctx, p, season, m)
	if err != nil {
		return nil, err
	}
	if len(w.Lost) > 0 {
		answer.Complete, answer.Lost, answer.Standings = false, w.Lost, []domain.Standing{}
	}
	return answer, nil
}

// rankingOf answers from the standings where these are of the moment asked for, else from the season's events.
func (a *app) rankingOf(ctx context.Context, p *place, season string, m moment) (*rankingAnswer, error) {
	if answer, err := a.parkedRanking(ctx, p, season, m); answer != nil || err != nil {
		return answer, err
	}
	if m == (moment{}) {
		answer, err := a.currentRanking(ctx, p, season)
		if answer != nil || err != nil {
			return answer, err
		}
	}
	w, position, err := a.world(ctx, p, season, m)
	if err != nil {
		return nil, err
	}
	at, err := m.time(w)
	if err != nil {
		return nil, err
	}
	answer := &rankingAnswer{
		Season: season, Position: position, RulesetSHA256: w.Season.RulesetSHA256,
		Complete: w.Season.Importing == "", At: unlessEmpty(m.at), Standings: []domain.Standing{},
	}
	if !answer.Complete {
		return answer, nil
	}
	ranking := w.Ranking(at)
	answer.Final = ranking.Final
	answer.Standings = append(answer.Standings, ranking.Standings...)
	return answer, nil
}

// parkedRanking answers for a season that has parked events as far as the moment lets be seen, nil where it has none.
func (a *app) parkedRanking(ctx context.Context, p *place, season string, m moment) (*rankingAnswer, error) {
	parked, err := projections.ParkedPositions(ctx, p.often, season)
	if err != nil || len(parked) == 0 {
		return nil, err
	}
	upTo, err := a.upTo(ctx, p, m)
	if err != nil {
		return nil, err
	}
	parked = slices.DeleteFunc(parked, func(position domain.Position) bool { return position > upTo })
	if len(parked) == 0 {
		return nil, nil
	}
	return &rankingAnswer{Season: season, Position: upTo, At: unlessEmpty(m.at), Parked: parked, Standings: []domain.Standing{}}, nil
}

// currentRanking answers from the standings, nil where these are of an earlier day and may have changed since: a deadline has passed, a hold began or ended.
func (a *app) currentRanking(ctx context.Context, p *place, season string) (*rankingAnswer, error) {
	r, err := projections.Ranking(ctx, p.often, season)
	if err != nil {
		return nil, a.noSeason(err, season)
	}
	zone, err := domain.LoadZone(r.Timezone)
	if err != nil {
		return nil, err
	}
	if !r.HoldsOn(domain.DateOf(a.now(), zone)) {
		return nil, nil
	}
	answer := &rankingAnswer{
		Season: season, Position: r.Position, Final: r.Final, RulesetSHA256: r.RulesetSHA256,
		Complete: !r.Importing, Standings: []domain.Standing{},
	}
	answer.Standings = append(answer.Standings, r.Standings...)
	return answer, nil
}

// noSeason says in the reader's words that a season is not on the record; another error stays what it is.
func (a *app) noSeason(err error, season string) error {
	if !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	return &notFound{failure{domain.Text{
		VI: fmt.Sprintf("Không có mùa thi đua %q ở thời điểm này. Xem danh sách: thidua seasons", season),
		EN: fmt.Sprintf("There is no season %q at this moment. For the list: thidua seasons", season),
	}}, err}
}

// notFound is a failure that keeps what lies behind it.
type notFound struct {
	failure
	cause error
}

func (e *notFound) Unwrap() error { return e.cause }

// tableRanking prints the standings for people.
func (a *app) tableRanking(answer *rankingAnswer) {
	state := a.say("tạm tính", "provisional")
	if answer.Final {
		state = a.say("đã chốt", "final")
	}
	if answer.Hypothetical != nil {
		state = a.say("giả định", "hypothetical")
		a.tellHypothesis(answer.Hypothetical)
		defer a.tellChanges(answer.Hypothetical)
	}
	a.printf("Xếp hạng %s (%s), sổ sự kiện vị trí %d", "Ranking of %s (%s), log position %d", answer.Season, state, answer.Position)
	table := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, a.say("Hạng\tĐơn vị\tTổng điểm\tĐiểm chỉ tiêu\tThưởng\tTrừ\tXếp loại\tĐủ điều kiện khen thưởng",
		"Rank\tUnit\tTotal\tIndicators\tBonus\tPenalty\tTier\tEligible for awards"))
	for _, s := range answer.Standings {
		name := s.Name.VI
		if a.lang != "vi" && s.Name.EN != nil {
			name = *s.Name.EN
		}
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", s.Rank, name, a.number(s.Total), a.number(s.IndicatorPoints), a.number(s.Bonus), a.number(s.Penalty), s.Tier, a.yes(s.Eligible))
	}
	_ = table.Flush()
}
