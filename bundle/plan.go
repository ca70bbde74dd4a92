package bundle

import (
	"context"
	"slices"
	"strconv"
	"time"

	"thidua/domain"
)

// plan is what an import has to do.
type plan struct {
	fresh  part
	steps  []step
	faults []Fault
	people []string // accounts, in the order in which they are first named
	events int      // without those that register people
	// start and complete frame the rows; start is nil where the import of this very bundle is under way.
	start    *step
	complete step
}

// plan compares the bundle with the record and judges what is new against it: some things come too late for the record, though the papers
// as a whole are right.
func (b *Bundle) plan(rec *record, now time.Time) *plan {
	s := b.papers.season
	recorded := papersOf(rec.world(now), rec.names)
	p := &plan{}
	p.fresh, p.faults = compare(recorded, &b.papers)
	p.steps = s.schedule(p.fresh)
	p.late(rec.world(now), s)
	p.frame(b, rec, now)
	sortFaults(p.faults)
	return p
}

// sequence puts the frame around the rows; units are everybody's and come before.
func (p *plan) sequence() []step {
	units := 0
	for units < len(p.steps) && p.steps[units].file == unitsFile {
		units++
	}
	steps := slices.Clone(p.steps[:units])
	if p.start != nil {
		steps = append(steps, *p.start)
	}
	return append(append(steps, p.steps[units:]...), p.complete)
}

// late lets the new rows happen on the record, and finds those that it does not take any more: after the ranking was finalised, or after
// the unit's signature, or while something of the season is parked.
func (p *plan) late(w *domain.World, s *season) {
	m := plainMaker(s)
	named := map[string]bool{}
	m.person = func(account string) string {
		if !named[account] {
			named[account] = true
			p.people = append(p.people, account)
		}
		return account
	}
	var events []event
	for _, step := range p.steps {
		changes := step.unranked(w, m)
		for _, change := range changes {
			for _, problem := range w.Closed(change.Event) {
				p.faults = append(p.faults, p.refused(step, problem))
			}
			events = append(events, event{step, change})
		}
		w.Apply(changes)
	}
	p.events = len(events)
	for _, e := range events {
		for _, problem := range w.Check(e.change) {
			if problem.Rule == domain.RuleFrozen || problem.Rule == domain.RuleParked {
				p.faults = append(p.faults, p.refused(e.step, problem))
			}
		}
	}
}

// refused places a problem at the last new row of its step.
func (p *plan) refused(s step, problem *domain.Problem) Fault {
	line := 0
	for _, r := range p.fresh.rows[s.file] {
		for _, in := range s.rows {
			if in == r {
				line = r.from().line
			}
		}
	}
	return told(s.file, line, problem.Field, problem)
}

// frame makes the commands that start and complete the import. Their ids count how often this bundle was started, because a bundle that
// another one overtook is started again.
func (p *plan) frame(b *Bundle, rec *record, now time.Time) {
	digest, season, at := b.Digest(), b.Season(), domain.InstantOf(now)
	started := domain.ImportStarted{BundleSHA256: digest, Rows: b.papers.season.count()}
	starts := rec.starts(digest)
	if rec.world(now).Season.Importing != digest {
		starts++
		name := []string{season, "import.started", digest, strconv.Itoa(starts)}
		p.start = &step{name: name, said: name, command: func(maker) domain.Command {
			return domain.StartImport{Season: season, At: at, ImportStarted: started}
		}}
		p.events++
	}
	name := []string{season, "import.completed", digest, strconv.Itoa(starts)}
	p.complete = step{name: name, said: name, command: func(maker) domain.Command {
		return domain.CompleteImport{Season: season, At: at, ImportCompleted: domain.ImportCompleted(started)}
	}}
	p.events++
}

// count returns how many events the plan would append.
func (p *plan) count(ctx context.Context, log Record) (int, error) {
	events := p.events
	for _, account := range p.people {
		_, registered, err := log.LookUpPerson(ctx, account)
		if err != nil {
			return 0, err
		}
		if !registered {
			events++
		}
	}
	return events, nil
}
