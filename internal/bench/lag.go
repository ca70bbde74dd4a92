package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"

	"thidua/domain"
	"thidua/projections"
	"thidua/workers"
)

// liveRate is how many events a second come in while the lag is measured.
const liveRate = 2000

// lag measures how long it takes from an acknowledged append until the standings show it, while all projections are on and forms come in at an even rate.
func lag(ctx context.Context, run *bench) ([]result, error) {
	b, err := newBed(ctx, filepath.Join(run.dir, "lag"))
	if err != nil {
		return nil, err
	}
	defer b.stop()
	folders, err := openSeasons(ctx, filepath.Join(run.dir, "open"), run.scaled(20))
	if err != nil {
		return nil, err
	}
	for _, folder := range folders {
		if err := load(ctx, b.log, folder); err != nil {
			return nil, err
		}
	}
	var p99 []float64
	_, err = b.timed(ctx, "live", false, func(db *sqlx.DB) error {
		p99, err = b.live(ctx, db, run)
		return err
	})
	if err != nil {
		return nil, err
	}
	return []result{atMost(fmt.Sprintf("from acknowledged to visible in the standings, %d events/s, 99th percentile", liveRate), "ms", p99, 250)}, nil
}

// live runs the workers, and measures rounds of traffic once they have caught up.
func (b *bed) live(ctx context.Context, db *sqlx.DB, run *bench) (p99 []float64, err error) {
	all := projections.All(b.log, b.log)
	work, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() {
		done <- workers.Run(work, workers.Config{Log: b.log, DB: db, Projections: all, Owner: "bench", Logger: slog.New(slog.DiscardHandler)})
		stop()
	}()
	defer func() { stop(); err = errors.Join(err, <-done) }()
	last, err := b.log.Last(ctx)
	if err == nil {
		err = projections.Await(work, db, all, last)
	}
	if err == nil {
		err = awaitIndexes(work, db)
	}
	if err != nil {
		return nil, err
	}
	t, err := newTraffic(ctx, b.log)
	if err != nil {
		return nil, err
	}
	for range run.rounds() {
		waits, err := t.lags(work, db, standings(all), time.Duration(run.scaled(10))*time.Second)
		if err != nil {
			return nil, err
		}
		p99 = append(p99, percentile(waits, 99))
	}
	return p99, nil
}

// standings finds the projection that rankings are read from.
func standings(all []projections.Projection) projections.Projection {
	return all[slices.IndexFunc(all, func(p projections.Projection) bool { return p.Name == "standings" })]
}

// moment is a position, and when it was acknowledged or seen.
type moment struct {
	position domain.Position
	at       time.Time
}

// lags sends forms at an even rate for a while, and returns how many milliseconds after its acknowledgement each form was visible.
func (t *traffic) lags(ctx context.Context, db *sqlx.DB, standings projections.Projection, lasts time.Duration) ([]float64, error) {
	watch, stop := context.WithCancel(ctx)
	defer stop()
	var seen []moment
	var errWatch error
	var watching sync.WaitGroup
	watching.Go(func() { seen, errWatch = watchPosition(watch, db, standings) })
	acknowledged, err := t.sendEvenly(ctx, lasts)
	if err == nil {
		last := slices.MaxFunc(acknowledged, func(a, b moment) int { return cmp.Compare(a.position, b.position) })
		err = projections.Await(ctx, db, []projections.Projection{standings}, last.position)
	}
	<-time.After(50 * time.Millisecond) // so that the watcher has seen the last one too
	stop()
	watching.Wait()
	if err := errors.Join(err, errWatch); err != nil {
		return nil, err
	}
	waits := make([]float64, len(acknowledged))
	for i, a := range acknowledged {
		at, _ := slices.BinarySearchFunc(seen, a.position, func(m moment, position domain.Position) int { return cmp.Compare(m.position, position) })
		waits[i] = max(0, float64(seen[at].at.Sub(a.at).Microseconds())/1000)
	}
	return waits, nil
}

// sendEvenly sends forms at liveRate.
func (t *traffic) sendEvenly(ctx context.Context, lasts time.Duration) (acknowledged []moment, err error) {
	var mu sync.Mutex
	var sent sync.WaitGroup
	start := time.Now()
	for due := time.Duration(0); due < lasts; due += time.Duration(t.size()) * time.Second / liveRate {
		<-time.After(time.Until(start.Add(due)))
		sent.Go(func() {
			position, errSend := t.send(ctx, time.Now())
			mu.Lock()
			defer mu.Unlock()
			acknowledged, err = append(acknowledged, moment{position, time.Now()}), errors.Join(err, errSend)
		})
	}
	sent.Wait()
	return acknowledged, err
}

// watchPosition notes how far a projection has come, every few milliseconds, until ctx ends.
func watchPosition(ctx context.Context, db *sqlx.DB, p projections.Projection) (seen []moment, err error) {
	for ctx.Err() == nil {
		c, err := projections.LoadCheckpoint(ctx, db, p)
		if err != nil {
			if ctx.Err() == nil {
				return nil, err
			}
			break
		}
		if len(seen) == 0 || seen[len(seen)-1].position < c.Position {
			seen = append(seen, moment{c.Position, time.Now()})
		}
		select {
		case <-time.After(2 * time.Millisecond):
		case <-ctx.Done():
		}
	}
	return seen, nil
}
