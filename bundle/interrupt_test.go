package bundle_test

import (
	"context"
	"errors"
	"testing"

	"golang.org/x/sync/errgroup"

	"thidua/bundle"
	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
)

// interrupted is a log that fails, as a cut line does, when so many appends were made.
type interrupted struct {
	bundle.Record
	left int
}

var errCut = errors.New("the line was cut")

func (l *interrupted) AppendAll(ctx context.Context, appends []domain.Append) ([]domain.Position, error) {
	n := min(l.left, len(appends))
	l.left -= n
	positions, err := l.Record.AppendAll(ctx, appends[:n])
	if err == nil && n < len(appends) {
		err = errCut
	}
	return positions, err
}

func TestInterruptedImportGoesOn(t *testing.T) {
	t.Parallel()
	path := edited(t, lean)
	whole := imported(t, openLog(t, testenv.NATS(t)), path)
	for _, after := range []int{0, 1, 30, 600, whole.Events - 36} {
		log := openLog(t, testenv.NATS(t))
		_, err := open(t, path).Import(t.Context(), &interrupted{log, after}, options())
		if !errors.Is(err, errCut) {
			t.Fatalf("after %d appends: %v", after, err)
		}
		imported(t, log, path)
		if at := last(t, log); at != whole.Position {
			t.Errorf("cut after %d appends the log ends at %d, want %d", after, at, whole.Position)
		}
	}
}

func TestHalfAnImportIsCompletedByTheGrownBundle(t *testing.T) {
	t.Parallel()
	log := openLog(t, testenv.NATS(t))
	_, err := open(t, edited(t, lean, running)).Import(t.Context(), &interrupted{log, 300}, options())
	if !errors.Is(err, errCut) {
		t.Fatal(err)
	}
	if w := world(t, log); w.Season.Importing == "" {
		t.Fatal("no import is under way")
	}
	imported(t, log, edited(t, lean))
	if w := world(t, log); w.Season.Importing != "" || w.Season.Final == nil {
		t.Errorf("season %+v", w.Season)
	}
	if again := imported(t, log, edited(t, lean)); !again.Unchanged {
		t.Errorf("again %+v", again)
	}
}

func TestTwoImportsAtOnceAreOne(t *testing.T) {
	t.Parallel()
	server := testenv.NATS(t)
	path := edited(t, lean)
	logs := []*eventlog.Log{openLog(t, server), openLog(t, server)}
	results := make([]bundle.Result, len(logs))
	var group errgroup.Group
	for i, log := range logs {
		b := open(t, path)
		group.Go(func() (err error) {
			results[i], err = b.Import(t.Context(), log, options())
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	w := world(t, logs[0])
	if w.Season.Importing != "" || w.Season.Final == nil || len(w.Awards.Grants) != 3 {
		t.Errorf("season %+v after %+v", w.Season, results)
	}
	if again := imported(t, logs[1], path); !again.Unchanged {
		t.Errorf("again %+v", again)
	}
}

// meddled is a log to which somebody else writes right before the first append.
type meddled struct {
	bundle.Record
	meddle func()
}

func (l *meddled) AppendAll(ctx context.Context, appends []domain.Append) ([]domain.Position, error) {
	if l.meddle != nil {
		l.meddle()
		l.meddle = nil
	}
	return l.Record.AppendAll(ctx, appends)
}

func TestImportStartsOverWhereOthersWrote(t *testing.T) {
	t.Parallel()
	log := openLog(t, testenv.NATS(t))
	register := domain.RegisterUnit{Unit: "vwu", UnitRegistered: domain.UnitRegistered{
		Name: domain.Names{VI: "Trung ương Hội LHPN Việt Nam", EN: "Vietnam Women's Union"}, Level: "central",
	}}
	issue := domain.Issue{ID: "5f0c1f0e-6f0a-4d51-9c3e-0d6f5f5f7a10", Digest: domain.Digest(register), Actor: "system:test"}
	meddle := func() {
		if _, err := domain.Execute(t.Context(), log, season, register, issue, options().Now); err != nil {
			t.Error(err)
		}
	}
	imported(t, &meddled{log, meddle}, edited(t, lean))
	events, err := log.Stream(t.Context(), domain.UnitStream("vwu"))
	if err != nil || len(events) != 1 || events[0].CommandID != issue.ID {
		t.Errorf("vwu has the events %+v, %v; want the other's alone", events, err)
	}
	if again := imported(t, log, edited(t, lean)); !again.Unchanged {
		t.Errorf("again %+v", again)
	}
}
