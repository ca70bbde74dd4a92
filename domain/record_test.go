package domain_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"thidua/domain"
)

// record is a log in memory that keeps the promises of domain.Log.
type record struct {
	events []domain.Recorded
	// rival runs once before each append that finds it, and may append: somebody else who was faster.
	rival func()
	// appends counts the calls of Append.
	appends int
	// broken is the error of a log that cannot be read.
	broken error
}

// Append checks what the append expects, then puts all changes on the record.
func (l *record) Append(_ context.Context, a domain.Append) (domain.Position, error) {
	l.appends++
	if rival := l.rival; rival != nil {
		l.rival = nil
		rival()
	}
	for stream, version := range a.Expect {
		if got := l.version(stream); got != version {
			return 0, fmt.Errorf("stream %s has version %d, not %d: %w", stream, got, version, domain.ErrConflict)
		}
	}
	for season, n := range a.ExpectSeasons {
		if got := l.seasonVersion(season); got != n {
			return 0, fmt.Errorf("season %s has %d events, not %d: %w", season, got, n, domain.ErrConflict)
		}
	}
	first := domain.Position(len(l.events) + 1)
	for i, c := range a.Changes {
		l.add(domain.Recorded{Change: c, ID: fmt.Sprintf("%s.%d", a.ID, i+1), Actor: a.Actor, CommandID: a.ID, CommandDigest: a.Digest})
	}
	return first, nil
}

func (l *record) add(r domain.Recorded) {
	r.Position, r.StreamVersion = domain.Position(len(l.events)+1), l.version(r.Stream)+1
	if r.Stream.Season != "" {
		r.SeasonVersion = l.seasonVersion(r.Stream.Season) + 1
	}
	r.RecordedTime = clock
	l.events = append(l.events, r)
}

func (l *record) version(s domain.Stream) uint64 {
	return l.count(func(r domain.Recorded) bool { return r.Stream == s })
}

func (l *record) seasonVersion(season string) uint64 {
	return l.count(func(r domain.Recorded) bool { return r.Stream.Season == season })
}

func (l *record) count(wanted func(domain.Recorded) bool) (n uint64) {
	for _, r := range l.events {
		if wanted(r) {
			n++
		}
	}
	return n
}

// Stream returns the events of one stream.
func (l *record) Stream(_ context.Context, s domain.Stream) (events []domain.Recorded, err error) {
	for _, r := range l.events {
		if r.Stream == s {
			events = append(events, r)
		}
	}
	return events, l.broken
}

// Season returns all events up to a position: the tests have one season.
func (l *record) Season(_ context.Context, _ string, upTo domain.Position) ([]domain.Recorded, error) {
	if upTo == 0 || upTo > domain.Position(len(l.events)) {
		return l.events, l.broken
	}
	return l.events[:upTo], l.broken
}

// world folds the whole record.
func (l *record) world() *domain.World {
	w := domain.NewWorld(season, clock)
	for _, r := range l.events {
		w.Evolve(r)
	}
	return w
}

// execute carries out a command under an id, which serves as its digest too.
func (l *record) execute(c domain.Command, id string) (domain.Position, error) {
	return domain.Execute(context.Background(), l, season, c, domain.Issue{ID: id, Digest: "digest of " + id, Actor: "p-clerk"}, func() time.Time { return clock })
}

// decide decides in the world of the whole record and appends what follows.
func (l *record) decide(c domain.Command, id string) error {
	changes, err := domain.Decide(l.world(), c)
	if err == nil {
		_, err = l.Append(context.Background(), domain.Append{Issue: domain.Issue{ID: id, Digest: "digest of " + id}, Changes: changes})
	}
	return err
}

// onRecord carries out what a story gives.
func onRecord(t *testing.T, s story) *record {
	t.Helper()
	l := &record{}
	for i, c := range s.past {
		if err := l.decide(c, fmt.Sprintf("past-%d", i)); err != nil {
			t.Fatalf("given %T: %v", c, err)
		}
	}
	l.appends = 0
	return l
}
