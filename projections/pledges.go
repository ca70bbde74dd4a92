package projections

import (
	"context"
	_ "embed" // for the tables
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/lib/pq"

	"thidua/domain"
)

//go:embed pledges.sql
var pledgesDDL string

const (
	pledgeColumns = "season, unit, position, targets_position, targets, targets_sha256, ruleset_sha256, " +
		"signed_position, signed_at, signed_at_text, signer, role_sd, signature"
	targetColumns   = "season, unit, criterion, position, target, target_text, na"
	covenantColumns = "season, position, recordedtime, in_force_at, in_force_at_text"
)

// pledges keeps each unit's pledge with the targets in force, and the covenants that they make.
func pledges() Projection {
	return Projection{
		Name: "pledges", Version: 1, DDL: pledgesDDL,
		Tables: []Table{
			{Name: "pledge", Columns: pledgeColumns, View: "pledge_v1"},
			{Name: "target", Columns: targetColumns, View: "target_v1"},
			{Name: "covenant", Columns: covenantColumns, View: "covenant_v1"},
		},
		New: func() Applier { return pledgesApplier{} },
	}
}

// pledgeRow is a row of the table pledge.
type pledgeRow struct {
	Season          string           `json:"season"`
	Unit            string           `json:"unit"`
	Position        domain.Position  `json:"position"`
	TargetsPosition *domain.Position `json:"targets_position"`
	Targets         int              `json:"targets"`
	TargetsSHA256   *string          `json:"targets_sha256"`
	RulesetSHA256   *string          `json:"ruleset_sha256"`
	SignedPosition  *domain.Position `json:"signed_position"`
	SignedAt        *time.Time       `json:"signed_at"`
	SignedAtText    *string          `json:"signed_at_text"`
	Signer          *string          `json:"signer"`
	RoleSD          *string          `json:"role_sd"`
	Signature       *string          `json:"signature"`
}

type pledgesApplier struct{}

// Apply folds a batch into the pledges that it touches, and replaces the targets that it sets.
func (pledgesApplier) Apply(ctx context.Context, tx *Tx, events []domain.Recorded) error {
	b := &pledgesBatch{
		pledges:   map[domain.Stream]*pledgeRow{},
		targets:   map[domain.Stream]targetsSet{},
		covenants: rows{table: "covenant", columns: covenantColumns},
	}
	if err := b.load(ctx, tx, events); err != nil {
		return err
	}
	for _, r := range events {
		if err := b.add(r); err != nil {
			return err
		}
	}
	return b.write(ctx, tx)
}

// pledgesBatch is one batch on its way into the tables.
type pledgesBatch struct {
	pledges   map[domain.Stream]*pledgeRow // touched
	targets   map[domain.Stream]targetsSet // the last of each
	covenants rows
}

// load reads the pledges that a batch touches as they are, where they are already.
func (b *pledgesBatch) load(ctx context.Context, tx *Tx, events []domain.Recorded) error {
	var seasons, units []string
	for _, r := range events {
		if _, discards := r.Event.(*domain.EventDiscarded); discards {
			continue
		}
		if s := r.Stream; s.Aggregate == domain.AggregatePledge && b.pledges[s] == nil {
			b.pledges[s] = &pledgeRow{Season: s.Season, Unit: s.Unit}
			seasons, units = append(seasons, s.Season), append(units, s.Unit)
		}
	}
	if len(b.pledges) == 0 {
		return nil
	}
	const query = "SELECT " + pledgeColumns + " FROM pledge WHERE (season, unit) IN (SELECT * FROM unnest($1::text[], $2::text[]))"
	known, err := selectRows[pledgeRow](ctx, tx, query, pq.Array(seasons), pq.Array(units))
	if err != nil {
		return fmt.Errorf("table pledge: %w", err)
	}
	for _, row := range known {
		b.pledges[domain.PledgeStream(row.Season, row.Unit)] = &row
	}
	return nil
}

func (b *pledgesBatch) add(r domain.Recorded) error {
	position := r.Position
	if _, discards := r.Event.(*domain.EventDiscarded); discards {
		return nil
	}
	if pledge := b.pledges[r.Stream]; pledge != nil {
		pledge.Position = position
	}
	switch e := r.Event.(type) {
	case nil:
		return unknown(r)
	case *domain.TargetsSet:
		pledge := b.pledges[r.Stream]
		pledge.TargetsPosition, pledge.Targets = &position, len(e.Targets)
		b.targets[r.Stream] = targetsSet{position, e.Targets}
	case *domain.PledgeSigned:
		b.pledges[r.Stream].sign(r, e)
	case *domain.CovenantEnteredIntoForce:
		b.covenants.add(r.Stream.Season, int64(position), r.RecordedTime, instant(r.Time), text(r.Time.String()))
	}
	return nil
}

func (p *pledgeRow) sign(r domain.Recorded, e *domain.PledgeSigned) {
	p.SignedPosition, p.Signer, p.Signature = &r.Position, &e.Signer, &e.Signature
	p.TargetsSHA256, p.RulesetSHA256 = &e.TargetsSHA256, &e.RulesetSHA256
	p.SignedAt, p.SignedAtText = written(r.Time)
	if e.Role != nil {
		p.RoleSD = &e.Role.Digest
	}
}

func (b *pledgesBatch) write(ctx context.Context, tx *Tx) error {
	if err := upsert(ctx, tx, "pledge", pledgeColumns, "season, unit", slices.Collect(maps.Values(b.pledges))); err != nil {
		return err
	}
	if err := b.writeTargets(ctx, tx); err != nil {
		return err
	}
	return copyAll(ctx, tx, &b.covenants)
}

// targetsSet are the targets that one event set.
type targetsSet struct {
	position domain.Position
	targets  []domain.Target
}

func (b *pledgesBatch) writeTargets(ctx context.Context, tx *Tx) error {
	if len(b.targets) == 0 {
		return nil
	}
	targets := &rows{table: "target", columns: targetColumns}
	var seasons, units []string
	for s, set := range b.targets {
		seasons, units = append(seasons, s.Season), append(units, s.Unit)
		for _, t := range set.targets {
			na := t.Target == domain.NotApplicable
			number := text(t.Target)
			if na {
				number = nil
			}
			targets.add(s.Season, s.Unit, t.Criterion, int64(set.position), number, t.Target, na)
		}
	}
	const remove = "DELETE FROM target WHERE (season, unit) IN (SELECT * FROM unnest($1::text[], $2::text[]))"
	if _, err := tx.ExecContext(ctx, remove, pq.Array(seasons), pq.Array(units)); err != nil {
		return fmt.Errorf("table target: %w", err)
	}
	return copyAll(ctx, tx, targets)
}
