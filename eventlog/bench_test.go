package eventlog_test

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"thidua/domain"
	"thidua/eventlog"
)

// BenchmarkAppendAlone is one writer that waits for each of its appends.
func BenchmarkAppendAlone(b *testing.B) {
	l := open(b)
	version := uint64(0)
	for b.Loop() {
		mustAppend(b, l, expecting(report("cao-bang", "17"), version))
		version++
	}
}

// BenchmarkAppendMany is 64 writers that each append 26 events in one piece, again and again. It tells events, not appends.
func BenchmarkAppendMany(b *testing.B) {
	const writers, events = 64, 26
	l := open(b)
	var group sync.WaitGroup
	b.ResetTimer()
	for writer := range writers {
		group.Go(func() {
			version := uint64(0)
			for n := writer * events; n < b.N; n += writers * events {
				if _, err := l.Append(b.Context(), manyEvents(fmt.Sprintf("unit-%d", writer), events, version)); err != nil {
					b.Error(err)
					return
				}
				version += events
			}
		})
	}
	group.Wait()
}

// BenchmarkAppendAll is an import: many appends of one event in order.
func BenchmarkAppendAll(b *testing.B) {
	l := open(b)
	appends := make([]domain.Append, b.N)
	for i := range appends {
		appends[i] = expecting(report("cao-bang", "17"), uint64(i))
	}
	b.ResetTimer()
	if _, err := l.AppendAll(b.Context(), appends); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkRead(b *testing.B) {
	l := open(b)
	appends := make([]domain.Append, 20_000)
	for i := range appends {
		appends[i] = expecting(report("cao-bang", "17"), uint64(i))
	}
	if _, err := l.AppendAll(b.Context(), appends); err != nil {
		b.Fatal(err)
	}
	b.Run("Reader", func(b *testing.B) {
		readAgain(b, len(appends), func() (func() ([]domain.Recorded, error), func()) {
			r := l.Reader(0)
			return func() ([]domain.Recorded, error) {
				return r.Next(b.Context(), eventlog.Limit{Count: 5000, Linger: 20 * time.Millisecond})
			}, r.Close
		})
	})
	b.Run("Feed", func(b *testing.B) {
		readAgain(b, len(appends), func() (func() ([]domain.Recorded, error), func()) {
			f := l.Feed(0, domain.Wanted{})
			return func() ([]domain.Recorded, error) {
				events, _, err := f.Next(b.Context())
				return events, err
			}, f.Close
		})
	})
	b.Run("Season", func(b *testing.B) {
		for read := 0; read < b.N; read += len(appends) {
			if _, err := l.Season(b.Context(), season, 0); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Check", func(b *testing.B) {
		for read := 0; read < b.N; read += len(appends) {
			if _, err := l.Check(b.Context(), nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkPutEvidence is a season's 250 small files, stored by a few callers at once.
func BenchmarkPutEvidence(b *testing.B) {
	l := open(b)
	for n := 0; b.Loop(); n++ {
		var group errgroup.Group
		group.SetLimit(8)
		for i := range 250 {
			group.Go(func() error {
				file := fmt.Appendf(nil, "%90d%10d", n, i)
				return l.PutEvidence(b.Context(), digest(file), int64(len(file)), bytes.NewReader(file))
			})
		}
		if err := group.Wait(); err != nil {
			b.Fatal(err)
		}
	}
}

func manyEvents(unit string, n int, version uint64) domain.Append {
	a := expecting(report(unit, "17"), version)
	for range n - 1 {
		a.Changes = append(a.Changes, report(unit, "17"))
	}
	return a
}

// readAgain reads a log of so many events as often as it takes.
func readAgain(b *testing.B, events int, begin func() (next func() ([]domain.Recorded, error), end func())) {
	b.Helper()
	for read := 0; read < b.N; {
		next, end := begin()
		for in := 0; in < events && read < b.N; {
			batch, err := next()
			if err != nil {
				b.Fatal(err)
			}
			in, read = in+len(batch), read+len(batch)
		}
		end()
	}
}
