package workers

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/projections"
)

// Check is one thing that was verified. Detail says what was found, or the first thing that differs.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

// Verdict is what a verification found.
type Verdict struct {
	Position domain.Position
	Events   uint64
	Checks   []Check
}

// OK reports whether everything that was checked is right.
func (v *Verdict) OK() bool {
	return !slices.ContainsFunc(v.Checks, func(c Check) bool { return !c.OK })
}

func (v *Verdict) add(name, difference, found string) {
	if difference != "" {
		v.Checks = append(v.Checks, Check{Name: name, Detail: difference})
		return
	}
	v.Checks = append(v.Checks, Check{Name: name, OK: true, Detail: found})
}

// Verify checks the log event by event, holds it against what was signed of it, recomputes every final ranking from it (of one season, if one is named), and compares every read
// model with a fresh replay. It reads and decodes the log once for all of that. It changes nothing that anybody reads, and whoever appends and
// projects goes on. An error means that it could not check; what is wrong is in the verdict. ErrConflict says that somebody else verifies now.
func Verify(ctx context.Context, cfg Config, season string, tell Progress) (v *Verdict, err error) {
	v = &Verdict{}
	lock, err := projections.Exclude(ctx, cfg.DB, cfg.Projections, projections.Proof, cfg.Owner)
	if err != nil {
		return v, err
	}
	defer lock.Release()
	replicas, err := newProofs(ctx, cfg)
	defer func() { err = errors.Join(err, dropAll(context.WithoutCancel(ctx), replicas)) }()
	if err != nil {
		return v, err
	}
	finals := newFinals(season)
	signatures := signed{map[string]bool{}}
	takers := []taker{finals, signatures}
	seals := newSeals(cfg.Sealed)
	defer seals.stop()
	if cfg.Sealed != nil {
		takers = append(takers, seals)
	}
	if err := v.pass(ctx, cfg, replicas, takers, tell); err != nil || !v.OK() {
		return v, err
	}
	if v.addSeals(seals, cfg.Sealed); !v.OK() {
		return v, nil
	}
	for _, f := range finals.found {
		difference, err := f.difference(ctx, cfg.Log)
		if err != nil {
			return v, err
		}
		v.add("final ranking "+f.event.Stream.Season, difference, "recomputed, result "+f.event.Event.(*domain.RankingFinalised).ResultSHA256)
	}
	if err := v.addSignatures(ctx, cfg.Log, signatures); err != nil {
		return v, err
	}
	if err := v.checkStores(ctx, cfg); err != nil {
		return v, err
	}
	if err := v.compareAll(ctx, cfg, replicas); err != nil {
		return v, err
	}
	return v, lock.Holds(ctx) // a crash of the database empties tables that are not logged
}

// newProofs makes empty tables for a replay of every projection, up to where each stands.
func newProofs(ctx context.Context, cfg Config) (all []*replica, err error) {
	for _, p := range cfg.Projections {
		if err := projections.Drop(ctx, cfg.DB, p.Beside(projections.Proof)); err != nil {
			return all, err
		}
		r, err := newReplica(ctx, cfg, p, projections.Proof)
		if err != nil {
			return all, err
		}
		all = append(all, r)
		if err := projections.Unlogged(ctx, cfg.DB, p, projections.Proof); err != nil {
			return all, err
		}
		live, err := projections.LoadCheckpoint(ctx, cfg.DB, p)
		if err != nil {
			return all, err
		}
		r.target = live.Position
	}
	return all, nil
}

func dropAll(ctx context.Context, replicas []*replica) (err error) {
	for _, r := range replicas {
		err = errors.Join(err, r.drop(ctx))
	}
	return err
}

// pass reads the whole log once: it is checked, and carried into the replicas and to the other takers. Where a replay fails, the log's own fault
// comes before it.
func (v *Verdict) pass(ctx context.Context, cfg Config, replicas []*replica, takers []taker, tell Progress) error {
	for _, r := range replicas {
		takers = append(takers, r)
	}
	end, err := cfg.Log.Last(ctx)
	if err != nil {
		return err
	}
	p := &passing{convoy: newConvoy(ctx, takers), limit: cfg.filled().Limit, end: end, tell: tell}
	report, err := cfg.Log.Check(ctx, p.visit)
	if err == nil {
		err = p.flush()
	}
	if failed := p.convoy.end(); failed != nil {
		report, err = cfg.Log.Check(ctx, nil)
		if !errors.Is(err, domain.ErrCorrupt) {
			return failed
		}
	}
	if err != nil && !errors.Is(err, domain.ErrCorrupt) {
		return err
	}
	v.Position, v.Events = report.Last, report.Events
	difference := ""
	if err != nil {
		difference = err.Error()
	}
	v.add("log", difference, fmt.Sprintf("%d events, sequence, versions and times without a hole, every payload canonical", report.Events))
	return nil
}

// passing collects the events that are checked into batches.
type passing struct {
	convoy *convoy
	limit  eventlog.Limit
	end    domain.Position
	tell   Progress
	events []domain.Recorded
	bytes  int
}

func (p *passing) visit(r domain.Recorded) error {
	p.events = append(p.events, r)
	p.bytes += len(r.Payload)
	if len(p.events) < p.limit.Count && p.bytes < p.limit.Bytes {
		return nil
	}
	return p.flush()
}

func (p *passing) flush() error {
	if len(p.events) == 0 {
		return nil
	}
	events := p.events
	p.events, p.bytes = nil, 0
	p.tell(min(p.end, events[len(events)-1].Position), p.end)
	return p.convoy.send(events)
}

// compareAll compares every read model with its replay, after both have come to one position. A replica that has been compared is dropped.
func (v *Verdict) compareAll(ctx context.Context, cfg Config, replicas []*replica) error {
	if err := follow(ctx, cfg, replicas, nothing); err != nil {
		return err
	}
	differences := make([]string, len(replicas))
	err := each(ctx, replicas, func(ctx context.Context, i int, r *replica) (err error) {
		if differences[i], err = r.compare(ctx); err != nil {
			return err
		}
		return r.drop(ctx)
	})
	for i, r := range replicas {
		if err != nil {
			break
		}
		v.add("read model "+r.projection.Name, differences[i], fmt.Sprintf("equals a fresh replay up to position %d", r.checkpoint.Position))
	}
	return err
}

func (r *replica) compare(ctx context.Context) (difference string, err error) {
	outdated, err := projections.Outdated(ctx, r.cfg.DB, r.projection)
	if err != nil {
		return "", err
	}
	if outdated {
		return "its tables are of another program's definition; start this program's workers, which build them anew", nil
	}
	if err := follow(ctx, r.cfg, []*replica{r}, nothing); err != nil {
		return "", err
	}
	return projections.Compare(ctx, r.cfg.DB, r.projection, r.generation, r.reach)
}
