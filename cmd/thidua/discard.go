package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/projections"
)

func (a *app) parkedDiscardCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "discard POSITION --reason TEXT",
		Short: "Let a parked event count for nothing, for good: an event of its stream says so, and why",
		Long: "Let a parked event count for nothing, for good: an event of its stream says so, and why, so that every replay does the same.\n" +
			"What lies behind it is then taken. The event itself stays on the log. The reason can be erased; the log holds only its digest.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			position, err := strconv.ParseUint(args[0], 10, 64)
			if err != nil || position == 0 {
				return &usageError{domain.Text{
					VI: "POSITION là một số từ 1 trở lên, không phải " + strconv.Quote(args[0]), EN: "POSITION is a number from 1 on, not " + strconv.Quote(args[0]),
				}}
			}
			return a.sorting(cmd.Context(), "parked", func(p *place) error { return a.discardParked(cmd.Context(), p, position, reason) })
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why the event counts for nothing")
	return cmd
}

// discardAnswer is the form of `parked discard --json`.
type discardAnswer struct {
	Position    domain.Position `json:"position"`
	EventID     string          `json:"event_id"`
	DiscardedBy domain.Position `json:"discarded_by"`
	// Unchanged says that it was discarded before.
	Unchanged bool `json:"unchanged"`
}

func (a *app) discardParked(ctx context.Context, p *place, position domain.Position, reason string) error {
	event, err := a.parkedEvent(ctx, p, position)
	if err != nil {
		return err
	}
	before, err := discardedBy(ctx, p, event)
	if err != nil {
		return err
	}
	answer := discardAnswer{Position: position, EventID: event.ID, DiscardedBy: before, Unchanged: before > 0}
	if before == 0 {
		if answer.DiscardedBy, err = p.discard(ctx, event, reason); err != nil {
			return err
		}
	}
	if err := a.current(ctx, p); err != nil {
		return err
	}
	if a.json {
		return a.answer(answer)
	}
	if answer.Unchanged {
		a.printf("Sự kiện ở vị trí %d đã bị bỏ từ trước, bởi sự kiện ở vị trí %d.", "The event at position %d was discarded before, by the event at position %d.", position, before)
		return nil
	}
	a.printf("Đã bỏ sự kiện ở vị trí %d, ghi tại vị trí %d.", "Discarded the event at position %d; position %d of the log says so.", position, answer.DiscardedBy)
	return nil
}

// parkedEvent is the event at a position, which some projection must have parked, or somebody have discarded.
func (a *app) parkedEvent(ctx context.Context, p *place, position domain.Position) (domain.Recorded, error) {
	last, err := p.log.Last(ctx)
	if err != nil {
		return domain.Recorded{}, err
	}
	if position > last {
		return domain.Recorded{}, domain.NotParked(position)
	}
	event, err := p.log.At(ctx, position)
	if err != nil {
		return event, err
	}
	parked, err := projections.ParkedEvents(ctx, p.db)
	if err != nil {
		return event, err
	}
	for _, e := range parked {
		if e.Position == position {
			return event, nil
		}
	}
	by, err := discardedBy(ctx, p, event)
	if err == nil && by == 0 {
		err = domain.NotParked(position)
	}
	return event, err
}

// discardedBy is the position of the event that discards another, 0 where none does.
func discardedBy(ctx context.Context, p *place, event domain.Recorded) (domain.Position, error) {
	events, err := p.log.Lying(ctx, event.Stream, 0)
	if err != nil {
		return 0, err
	}
	for _, d := range events {
		if domain.Discards(d, event) {
			return d.Position, nil
		}
	}
	return 0, nil
}

// discard appends that an event counts for nothing, and returns the position that says so. The same discard again is the same command,
// whatever its reason.
func (p *place) discard(ctx context.Context, event domain.Recorded, reason string) (domain.Position, error) {
	reason, err := domain.ParseText(strings.TrimSpace(reason))
	if err != nil {
		return 0, err
	}
	var why *domain.Disclosable
	var disclosures []domain.Disclosure
	if reason != "" {
		sealed, disclosure, err := p.log.Seal("reason", reason)
		if err != nil {
			return 0, err
		}
		why, disclosures = sealed, []domain.Disclosure{disclosure}
	}
	change, err := domain.Discard(event, why)
	if err != nil {
		return 0, err
	}
	sum := sha256.Sum256(event.Payload)
	name := []string{"event.discarded", strconv.FormatUint(event.Position, 10), hex.EncodeToString(sum[:])}
	return p.log.Append(ctx, domain.Append{
		Issue:   domain.Issue{ID: p.log.CommandID(name...), Digest: domain.Digest(name), Actor: "system:operator", Disclosures: disclosures},
		Changes: []domain.Change{change},
	})
}
