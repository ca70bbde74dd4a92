package bundle

import (
	"context"
	"fmt"

	"thidua/domain"
)

// writer carries a plan out: it turns steps into appends and hands these to the log, many at once and in their order.
type writer struct {
	log    Record
	actor  string
	season *season
	// world is the record with all that was handed over since. The positions of that are not yet those of the log.
	world   *domain.World
	refs    map[string]string // of persons, by account
	pending []domain.Append
	result  *Result
	total   int // events that are to be appended
	tell    func(done, total int)
}

// pendingLimit is how many appends are handed to the log at once. It makes a few atomic batches of them.
const pendingLimit = 500

// carryOut registers the people that the rows name, then appends the steps in their order.
func (w *writer) carryOut(ctx context.Context, p *plan) error {
	w.total = w.result.Events + p.events
	if err := w.registerPeople(ctx, p.people); err != nil {
		return err
	}
	for _, s := range p.sequence() {
		if err := w.do(ctx, s); err != nil {
			return err
		}
	}
	return w.flush(ctx)
}

// registerPeople finds the refs of people by their accounts, and puts those on the register that are not there. The papers have one name for
// a person, which serves as both account and name.
func (w *writer) registerPeople(ctx context.Context, accounts []string) error {
	for _, account := range accounts {
		ref, known, err := w.log.Person(ctx, account)
		if err != nil {
			return fmt.Errorf("find a person: %w", err)
		}
		w.refs[account] = ref
		if known { // in the index; but an import may have ended before the event
			events, err := w.log.Stream(ctx, domain.PersonStream(ref))
			if err != nil {
				return fmt.Errorf("read person %s: %w", ref, err)
			}
			if len(events) > 0 {
				continue
			}
		}
		w.total++
		if err := w.do(ctx, personStep(ref, account)); err != nil {
			return err
		}
	}
	return nil
}

func personStep(ref, account string) step {
	return step{name: []string{"person", ref}, said: []string{"person", ref}, command: func(m maker) domain.Command {
		return domain.RegisterPerson{Ref: ref, PersonRegistered: domain.PersonRegistered{Account: m.seal("account", account), Name: m.seal("name", account)}}
	}}
}

// do lets a step happen in the world and makes an append of it. The digest of a command is that of what the papers say without what can name
// a person: the salts of sealed texts differ each time, and what stands on the log must not be a hash that a name can be guessed from.
func (w *writer) do(ctx context.Context, s step) error {
	if s.final {
		if err := w.settle(ctx); err != nil {
			return err
		}
	}
	a := domain.Append{Issue: domain.Issue{ID: w.log.CommandID(s.name...), Digest: domain.Digest(s.said), Actor: w.actor}, Expect: map[domain.Stream]uint64{}}
	var sealing error
	command := s.command(w.maker(&a, &sealing))
	if sealing != nil {
		return fmt.Errorf("seal a text: %w", sealing)
	}
	for _, stream := range command.Streams() {
		a.Expect[stream] = w.world.Version(stream)
	}
	if s.final {
		a.ExpectSeasons = map[string]uint64{w.season.id: w.world.SeasonVersion()}
	}
	a.Changes = command.Changes(w.world)
	w.world.Apply(a.Changes)
	w.pending = append(w.pending, a)
	if len(w.pending) < pendingLimit {
		return nil
	}
	return w.flush(ctx)
}

// maker makes commands of refs and sealed texts, whose disclosures go with the append. The first text that cannot be sealed is told in failed.
func (w *writer) maker(a *domain.Append, failed *error) maker {
	return maker{
		season: w.season.id, members: w.season.draft.Members, id: a.ID, actor: w.actor,
		person: func(account string) string { return w.refs[account] },
		seal: func(field, text string) *domain.Disclosable {
			if text == "" || *failed != nil {
				return nil
			}
			sealed, disclosure, err := w.log.Seal(field, text)
			a.Disclosures, *failed = append(a.Disclosures, disclosure), err
			return sealed
		},
	}
}

// settle waits until all that was handed over is on the log, and takes the world from there: a final ranking names the position of the
// season's last event.
func (w *writer) settle(ctx context.Context) error {
	if err := w.flush(ctx); err != nil {
		return err
	}
	events, err := w.log.Season(ctx, w.season.id, 0)
	if err != nil {
		return fmt.Errorf("read the record: %w", err)
	}
	settled := (&record{season: w.season.id, events: events}).world(w.world.Now)
	if settled.SeasonVersion() != w.world.SeasonVersion() {
		return fmt.Errorf("others wrote to the season: %w", domain.ErrConflict)
	}
	w.world = settled
	return nil
}

// flush appends what is pending and waits until it is durable.
func (w *writer) flush(ctx context.Context) error {
	if len(w.pending) == 0 {
		return nil
	}
	positions, err := w.log.AppendAll(ctx, w.pending)
	for i, position := range positions {
		n := len(w.pending[i].Changes)
		w.result.Events += n
		w.result.Position = position + domain.Position(n) - 1
	}
	w.pending = nil
	if w.tell != nil {
		w.tell(w.result.Events, w.total)
	}
	if err != nil {
		return fmt.Errorf("append: %w", err)
	}
	return nil
}
