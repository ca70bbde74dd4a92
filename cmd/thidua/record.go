package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/projections"
)

// reading opens the place, waits until the read models are current, and asks.
func (a *app) reading(ctx context.Context, cmd string, ask func(*place) error) error {
	p, err := a.open(ctx, cmd)
	if err != nil {
		return err
	}
	defer p.close()
	if err := a.current(ctx, p); err != nil {
		return err
	}
	return ask(p)
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
	Season        string          `json:"season"`
	Cluster       string          `json:"cluster"`
	Year          int             `json:"year"`
	Title         domain.Names    `json:"title"`
	Members       []string        `json:"members"`
	State         string          `json:"state"`
	FinalisedAt   *string         `json:"finalised_at"`
	Events        uint64          `json:"events"`
	Position      domain.Position `json:"position"`
	RulesetSHA256 string          `json:"ruleset_sha256"`
}

func (a *app) seasons(ctx context.Context, p *place) error {
	seasons, err := projections.Seasons(ctx, p.db)
	if err != nil {
		return err
	}
	answers := []seasonAnswer{}
	for _, s := range seasons {
		answer := seasonAnswer{
			Season: s.ID, Cluster: s.Cluster, Year: s.Year, Title: s.Title, Members: s.Members, State: s.State,
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
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\n", s.Season, s.Year, states[s.State].In(a.lang), a.say(s.Title.VI, s.Title.EN))
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

func (a *app) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "The log, and how far each projection has come",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.status(cmd.Context()) },
	}
}

// statusAnswer is the form of `status --json`.
type statusAnswer struct {
	Origin      string             `json:"origin"`
	Epoch       string             `json:"epoch"`
	Position    domain.Position    `json:"position"`
	Stopped     *domain.Text       `json:"stopped,omitempty"` // why nothing is recorded or projected
	Projections []projectionStatus `json:"projections"`
}

type projectionStatus struct {
	Name     string          `json:"name"`
	Version  int             `json:"version"`
	Live     bool            `json:"live"`
	Position domain.Position `json:"position"`
	Lag      uint64          `json:"lag"`
	Updated  time.Time       `json:"updated"`
	Owner    string          `json:"owner"`  // the process that carries the log into it, "" for none
	Paused   *pausedStatus   `json:"paused"` // null where it goes on
}

// status does not wait for the read models: it says how they stand.
func (a *app) status(ctx context.Context) error {
	p, err := a.open(ctx, "status")
	if err != nil {
		return err
	}
	defer p.close()
	answer, err := p.status(ctx)
	if err != nil {
		return err
	}
	if a.json {
		return a.answer(answer)
	}
	a.printf("Sổ sự kiện %s: vị trí %d, kỷ nguyên %s", "Log %s: position %d, epoch %s", answer.Origin, answer.Position, answer.Epoch)
	for _, s := range answer.Projections {
		a.printf("%-10s bản %d: vị trí %d, còn chậm %d sự kiện", "%-10s version %d: position %d, %d events behind", s.Name, s.Version, s.Position, s.Lag)
		if s.Paused != nil {
			text := pausedText(s.Name, s.Paused.Cause, s.Paused.Reason)
			fmt.Fprintln(a.out, "  "+text.In(a.lang))
		}
	}
	return nil
}

// status asks the log and the checkpoints.
func (p *place) status(ctx context.Context) (*statusAnswer, error) {
	last, errLast := p.log.Last(ctx)
	checkpoints, err := projections.Checkpoints(ctx, p.db)
	tenures, errTenures := p.tenures(ctx)
	if err := errors.Join(err, errLast, errTenures); err != nil {
		return nil, err
	}
	answer := &statusAnswer{Origin: p.log.Origin(), Epoch: p.log.Epoch(), Position: last, Projections: []projectionStatus{}}
	if stopped := p.log.Stopped(); stopped != nil {
		why := damaged(stopped)
		answer.Stopped = &why
	}
	for _, c := range checkpoints {
		t := tenures[projections.Projection{Name: c.Name, Version: c.Version}.Schema()]
		s := projectionStatus{
			Name: c.Name, Version: c.Version, Live: c.Live, Position: c.Position, Lag: last - min(last, c.Position), Updated: c.UpdatedAt, Owner: t.Owner,
		}
		if t.Cause != "" {
			s.Paused = &pausedStatus{Cause: t.Cause, Reason: t.Reason, Since: t.Since}
		}
		answer.Projections = append(answer.Projections, s)
	}
	return answer, nil
}
