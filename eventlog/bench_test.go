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
	limit := eventlog.Limit{Count: 5000, Linger: 20 * time.Millisecond}
	b.Run("Reader", func(b *testing.B) {
		r := l.Reader(0)
		for read := 0; read < b.N; {
			if read%len(appends) == 0 {
				r.Close()
				r = l.Reader(0)
			}
			events, err := r.Next(b.Context(), limit)
			if err != nil {
				b.Fatal(err)
			}
			read += len(events)
		}
		r.Close()
	})
	b.Run("Feed", func(b *testing.B) {
		f := l.Feed(0, domain.Wanted{})
		for read := 0; read < b.N; {
			if read%len(appends) == 0 {
				f.Close()
				f = l.Feed(0, domain.Wanted{})
			}
			events, _, err := f.Next(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			read += len(events)
		}
		f.Close()
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
