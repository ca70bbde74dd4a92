package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/nats-io/nats.go"

	"thidua/eventlog"
	"thidua/projections"
)

// wholeYear measures what a country's year costs the built program: to take it in, to write its tables into files, to serve it, to verify it, to build its read
// models anew, and to start with it.
func wholeYear(ctx context.Context, b *bench) ([]result, error) {
	n := &country{bench: b, data: filepath.Join(b.dir, "national")}
	var err error
	if n.folder, err = b.country(ctx); err != nil {
		return nil, err
	}
	if n.up, err = b.up(ctx, n.data); err != nil {
		return nil, err
	}
	defer func() { _ = n.up.stop() }()
	measures := []func(context.Context) ([]result, error){n.takeIn}
	if !b.quick { // which has so few rows that they are written in less time than a process takes to start
		measures = append(measures, n.exports)
	}
	measures = append(measures, n.serve, n.rebuild, n.verify, n.startAgain)
	var all []result
	for _, measure := range measures {
		results, err := measure(ctx)
		if err != nil {
			return all, err
		}
		all = append(all, results...)
	}
	return all, nil
}

// country is a data directory with a country's year, and the `up` that runs on it.
type country struct {
	*bench
	folder, data string
	up           *process
}

// takeIn imports all bundles into the running `up`, and waits until the read models hold them.
func (n *country) takeIn(ctx context.Context) ([]result, error) {
	bundles, err := filepath.Glob(filepath.Join(n.folder, "*"))
	if err != nil {
		return nil, err
	}
	taking, err := n.start(ctx, append([]string{"import", "--data-dir", n.data}, bundles...)...)
	if err != nil {
		return nil, err
	}
	peak, err := taking.finish()
	if err == nil {
		err = n.caughtUp(ctx)
	}
	return []result{atMost("peak memory of our processes, national import into a running up", "MB", []float64{peak + n.up.peak()}, 700)}, err
}

// caughtUp waits until the read models hold all that is on the log.
func (n *country) caughtUp(ctx context.Context) error {
	log, db, leave, err := n.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	last, err := log.Last(ctx)
	if err != nil {
		return err
	}
	if err := projections.Await(ctx, db, projections.All(log, log), last); err != nil {
		return err
	}
	return awaitIndexes(ctx, db)
}

// enter reaches the log and the database of the `up`.
func (n *country) enter(ctx context.Context) (log *eventlog.Log, db *sqlx.DB, leave func(), err error) {
	server, err := n.announced()
	if err != nil {
		return nil, nil, nil, err
	}
	nc, err := nats.Connect(server.NATS, nats.Token(server.Token))
	if err != nil {
		return nil, nil, nil, err
	}
	if db, err = sqlx.ConnectContext(ctx, "postgres", server.Database); err == nil {
		log, err = eventlog.Open(ctx, nc, eventlog.Config{Now: time.Now, Rand: rand.Reader, Logger: slog.New(slog.DiscardHandler)})
	}
	if err != nil {
		nc.Close()
		return nil, nil, nil, err
	}
	return log, db, func() { _ = errors.Join(log.Close(), db.Close()); nc.Close() }, nil
}

// asked is how many rankings a second are asked for.
const asked = 200

// serve asks a `serve` for the rankings of single clusters at an even rate.
func (n *country) serve(ctx context.Context) ([]result, error) {
	serving, address, err := n.serving(ctx, n.data)
	if err != nil {
		return nil, err
	}
	defer func() { _ = serving.stop() }()
	seasons, err := os.ReadDir(n.folder)
	if err != nil {
		return nil, err
	}
	if _, err := n.ask(ctx, address, seasons, 1); err != nil { // in which the server's connections begin
		return nil, err
	}
	var p99 []float64
	for range n.rounds() {
		waits, err := n.ask(ctx, address, seasons, n.scaled(10))
		if err != nil {
			return nil, err
		}
		p99 = append(p99, percentile(waits, 99))
	}
	return []result{atMost(fmt.Sprintf("ranking of a cluster over HTTP, %d a second, 99th percentile", asked), "ms", p99, 20)}, nil
}

// ask asks for some seconds, and returns how many milliseconds after it was due each answer had come whole.
func (n *country) ask(ctx context.Context, address string, seasons []os.DirEntry, length int) (waits []float64, err error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: asked}}
	defer client.CloseIdleConnections()
	var mu sync.Mutex
	var asking sync.WaitGroup
	start := time.Now()
	for i := range length * asked {
		due := start.Add(time.Duration(i) * time.Second / asked)
		<-time.After(time.Until(due))
		season := seasons[mathrand.IntN(len(seasons))].Name()
		asking.Go(func() {
			errGet := get(ctx, client, address+"/api/seasons/"+season+"/ranking")
			mu.Lock()
			defer mu.Unlock()
			waits, err = append(waits, float64(time.Since(due).Microseconds())/1000), errors.Join(err, errGet)
		})
	}
	asking.Wait()
	return waits, err
}

func get(ctx context.Context, client *http.Client, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	content, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %s: %s", url, answer.Status, content)
	}
	return err
}

// verify runs `verify` beside the `up`.
func (n *country) verify(ctx context.Context) ([]result, error) {
	var peak float64
	took, err := seconds(func() error {
		verifying, err := n.start(ctx, "verify", "--data-dir", n.data)
		if err == nil {
			peak, err = verifying.finish()
		}
		return err
	})
	return []result{
		atMost("verify of the national year", "s", []float64{took}, 120),
		atMost("the same, peak memory of the process", "MB", []float64{peak}, 560),
	}, err
}

// rebuild builds all read models anew while forms come in, and looks how far behind readers are meanwhile.
func (n *country) rebuild(ctx context.Context) ([]result, error) {
	folders, err := openSeasons(ctx, filepath.Join(n.dir, "open-national"), 2)
	if err != nil {
		return nil, err
	}
	if err := command(ctx, n.binary, append([]string{"import", "--data-dir", n.data}, folders...)...); err != nil {
		return nil, err
	}
	log, db, leave, err := n.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	t, err := newTraffic(ctx, log)
	if err != nil {
		return nil, err
	}
	building, err := n.start(ctx, "rebuild", "--all", "--data-dir", n.data)
	if err != nil {
		return nil, err
	}
	begun, shown := time.Now(), []projections.Projection{standings(projections.All(log, log))}
	var lags []float64
	for running := true; running; {
		select {
		case <-building.ended:
			running = false
		case <-time.After(100 * time.Millisecond):
			position, err := t.send(ctx, time.Now())
			acknowledged := time.Now()
			if err == nil {
				err = projections.Await(ctx, db, shown, position)
			}
			if err != nil {
				return nil, errors.Join(err, building.stop())
			}
			lags = append(lags, float64(time.Since(acknowledged).Milliseconds()))
		}
	}
	took := time.Since(begun).Seconds()
	_, err = building.finish()
	return []result{
		atMost("blue/green rebuild of all projections, national year", "s", []float64{took}, 60),
		atMost("the longest lag of a form meanwhile", "ms", []float64{percentile(lags, 100)}, 1000),
	}, err
}

// startAgain stops `up` and starts it, with all of the year in place.
func (n *country) startAgain(ctx context.Context) ([]result, error) {
	var starts []float64
	for range n.rounds() {
		if err := n.up.stop(); err != nil {
			return nil, err
		}
		took, err := seconds(func() (err error) {
			n.up, err = n.bench.up(ctx, n.data)
			return err
		})
		if err != nil {
			return nil, err
		}
		starts = append(starts, took)
	}
	return []result{atMost("from up to ready with the national year in place", "s", starts, 10)}, nil
}
