package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/examples/national"
)

// traffic is what units hand in while a season is open: forms, each the values of one report, sent again with another moment.
type traffic struct {
	log   *eventlog.Log
	forms []domain.Append
}

// openSeasons writes seasons that are still running, each of ten communes, and returns their folders.
func openSeasons(ctx context.Context, dir string, seasons int) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	config := national.Config{Units: 10 * seasons, Criteria: 26, Periods: 12, Seed: 2}
	if _, err := national.Write(ctx, dir, config, func(uint64, uint64) {}); err != nil {
		return nil, err
	}
	folders, err := filepath.Glob(filepath.Join(dir, "*"))
	for _, folder := range folders {
		err = errors.Join(err, reopen(folder))
	}
	return folders, err
}

// finalised is the line that ends a season. The seasons and units get other names than those of the country, beside which they may stand.
var finalised, renamed = regexp.MustCompile(`(?m)^finalised_at: .*\n`), strings.NewReplacer("national-", "open-", "commune-", "open-")

// reopen takes the end of a season and what comes after it out of a bundle.
func reopen(folder string) error {
	if err := errors.Join(os.Remove(filepath.Join(folder, "awards.csv")), os.Remove(filepath.Join(folder, "ballots.csv"))); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.*"))
	for _, name := range files {
		content, errRead := os.ReadFile(name)
		text := renamed.Replace(finalised.ReplaceAllString(string(content), ""))
		err = errors.Join(err, errRead, os.WriteFile(name, []byte(text), 0o644))
	}
	return err
}

// newTraffic takes the forms of the open seasons that are on a log.
func newTraffic(ctx context.Context, log *eventlog.Log) (*traffic, error) {
	last, err := log.Last(ctx)
	if err != nil {
		return nil, err
	}
	t, places := &traffic{log: log}, map[domain.Stream]int{}
	reader := log.Reader(0)
	defer reader.Close()
	for position := domain.Position(0); position < last; {
		events, err := reader.Next(ctx, eventlog.Limit{})
		if err != nil {
			return nil, err
		}
		for _, r := range events {
			t.note(places, r)
		}
		position = events[len(events)-1].Position
	}
	if len(t.forms) == 0 {
		return nil, errors.New("the log holds no forms of an open season")
	}
	return t, nil
}

func (t *traffic) note(places map[domain.Stream]int, r domain.Recorded) {
	if _, ok := r.Event.(*domain.IndicatorReported); !ok || !strings.HasPrefix(r.Stream.Season, "open-") {
		return
	}
	place, known := places[r.Stream]
	if !known {
		place = len(t.forms)
		places[r.Stream] = place
		t.forms = append(t.forms, domain.Append{})
	}
	t.forms[place].Changes = append(t.forms[place].Changes, domain.Change{Stream: r.Stream, Event: r.Event})
}

// size is how many events a form has, about.
func (t *traffic) size() int { return len(t.forms[0].Changes) }

// send hands in a form, and returns the position of its last event.
func (t *traffic) send(ctx context.Context, now time.Time) (domain.Position, error) {
	form := t.forms[rand.IntN(len(t.forms))]
	at, err := domain.ParseInstant(now.UTC().Format("2006-01-02T15:04:05.000000Z"))
	if err != nil {
		return 0, err
	}
	a := domain.Append{Issue: domain.Issue{ID: uuid.NewString(), Digest: domain.Digest("form"), Actor: "system:bench"}}
	for _, change := range form.Changes {
		change.Time = at
		a.Changes = append(a.Changes, change)
	}
	first, err := t.log.Append(ctx, a)
	if err != nil {
		return 0, fmt.Errorf("a form was not taken: %w", err)
	}
	return first + domain.Position(len(a.Changes)) - 1, nil
}
