package main

import (
	"context"
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/projections"
)

// reading opens the place, waits until the read models are current, and asks.
func (a *app) reading(ctx context.Context, cmd string, ask func(*place) error) error {
	return a.inPlace(ctx, cmd, func(p *place) error {
		if err := a.current(ctx, p); err != nil {
			return err
		}
		return ask(p)
	})
}

func (a *app) seasonsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "seasons",
		Short: "The seasons, with their state",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.reading(cmd.Context(), "seasons", func(p *place) error { return a.seasons(cmd.Context(), p) })
		},
	}
}

// seasonAnswer is one season of `seasons --json`.
type seasonAnswer struct {
	Season      string       `json:"season"`
	Cluster     string       `json:"cluster"`
	Year        int          `json:"year"`
	Title       domain.Names `json:"title"`
	Members     []string     `json:"members"`
	State       string       `json:"state"`
	FinalisedAt *string      `json:"finalised_at"`
	// Complete says that nothing of the season is parked, and no bundle half imported.
	Complete      bool            `json:"complete"`
	Parked        uint64          `json:"parked"`
	Events        uint64          `json:"events"`
	Position      domain.Position `json:"position"`
	RulesetSHA256 string          `json:"ruleset_sha256"`
}

func (a *app) seasons(ctx context.Context, p *place) error {
	seasons, err := projections.Seasons(ctx, p.db)
	if err != nil {
		return err
	}
	parked, err := projections.ParkedSeasons(ctx, p.db)
	if err != nil {
		return err
	}
	answers := []seasonAnswer{}
	for _, s := range seasons {
		answer := seasonAnswer{
			Season: s.ID, Cluster: s.Cluster, Year: s.Year, Title: s.Title, Members: s.Members, State: s.State,
			Complete: s.State != "importing" && parked[s.ID] == 0, Parked: parked[s.ID],
			Events: s.Events, Position: s.Position, RulesetSHA256: s.RulesetSHA256,
		}
		if s.FinalisedAt != "" {
			answer.FinalisedAt = &s.FinalisedAt
		}
		answers = append(answers, answer)
	}
	if a.json {
		return a.answer(answers)
	}
	if len(answers) == 0 {
		a.printf("Chưa có mùa thi đua nào. Hãy nhập một bộ hồ sơ: thidua import BUNDLE", "There is no season yet. Take one in: thidua import BUNDLE")
		return nil
	}
	states := map[string]domain.Text{
		"drafted": {VI: "bản thảo", EN: "drafted"}, "open": {VI: "đang mở", EN: "open"}, "in-force": {VI: "giao ước có hiệu lực", EN: "covenant in force"},
		"importing": {VI: "đang nhập dở", EN: "half imported"}, "finalised": {VI: "đã chốt xếp hạng", EN: "finalised"},
	}
	table := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, s := range answers {
		state := states[s.State].In(a.lang)
		if s.Parked > 0 {
			state += fmt.Sprintf(a.say(", chưa đủ: số sự kiện bị treo: %d", ", incomplete: parked events: %d"), s.Parked)
		}
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\n", s.Season, s.Year, state, a.say(s.Title.VI, s.Title.EN))
	}
	return table.Flush()
}

func (a *app) auditCommand() *cobra.Command {
	var filter projections.AuditFilter
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "The audit trail, oldest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.reading(cmd.Context(), "audit", func(p *place) error { return a.audit(cmd.Context(), p, filter) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&filter.Season, "season", "", "of this season only")
	flags.StringVar(&filter.Unit, "unit", "", "of this unit only")
	flags.StringVar(&filter.Type, "type", "", "of this type only, such as indicator.corrected")
	flags.Uint64Var(&filter.Since, "since", 0, "from this position on")
	flags.IntVar(&filter.Limit, "limit", 100, "at most so many, 0 for all")
	return cmd
}

// auditAnswer is one event of `audit --json`, one document a line.
type auditAnswer struct {
	Position     domain.Position `json:"position"`
	RecordedTime string          `json:"recordedtime"`
	Time         *string         `json:"time"`
	ID           string          `json:"id"`
	Type         string          `json:"type"`
	Subject      string          `json:"subject"`
	Season       string          `json:"season,omitempty"`
	Unit         string          `json:"unit,omitempty"`
	Actor        string          `json:"actor"`
	CommandID    string          `json:"commandid"`
	SHA256       string          `json:"sha256"`
	Event        json.RawMessage `json:"event"`
}

// auditPage is how many entries are read at a time, so that the longest trail takes no more memory than a page of it.
const auditPage = 1000

func (a *app) audit(ctx context.Context, p *place, filter projections.AuditFilter) error {
	if filter.Limit < 0 {
		return &usageError{domain.Text{VI: "--limit không thể âm", EN: "--limit can't be negative"}}
	}
	all := filter.Limit == 0
	for left := filter.Limit; all || left > 0; left -= auditPage {
		page := filter
		page.Limit = auditPage
		if !all {
			page.Limit = min(left, auditPage)
		}
		entries, err := projections.Audit(ctx, p.db, page)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := a.showEntry(e); err != nil {
				return err
			}
		}
		if len(entries) < page.Limit {
			return nil
		}
		filter.Since = entries[len(entries)-1].Position + 1
	}
	return nil
}

func (a *app) showEntry(e projections.AuditEntry) error {
	recorded := e.RecordedTime.UTC().Format("2006-01-02T15:04:05.000Z")
	if !a.json {
		_, err := fmt.Fprintf(a.out, "#%d  %s  %s  %s  %s  sha256:%s\n", e.Position, recorded, e.Type, e.Subject, e.Actor, e.SHA256)
		return err
	}
	answer := auditAnswer{
		Position: e.Position, RecordedTime: recorded, ID: e.ID, Type: e.Type, Subject: e.Subject, Season: e.Season, Unit: e.Unit,
		Actor: e.Actor, CommandID: e.CommandID, SHA256: e.SHA256, Event: e.Payload,
	}
	if e.Time != "" {
		answer.Time = &e.Time
	}
	return a.answer(answer)
}
