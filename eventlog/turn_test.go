package eventlog_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

// A process that appends one event after the other, as fast as it can, and one whose callers bring many at once: neither lets the other wait for long.
func TestTwoProcessesTakeTurns(t *testing.T) {
	const patience = 300 // appends that may come before one of the other's
	server := startIn(t, t.TempDir())
	lone, crowd := openOn(t, server), openOn(t, server)
	ctx, stop := context.WithCancel(t.Context())
	var writing sync.WaitGroup
	defer writing.Wait()
	defer stop()
	var came atomic.Int64
	for writer := range 8 {
		writing.Go(func() {
			for i := uint64(0); ctx.Err() == nil; i += 26 {
				if _, err := crowd.Append(ctx, manyEvents(fmt.Sprintf("cao-bang-%d", writer), 26, i)); err != nil && ctx.Err() == nil {
					t.Error(err)
					return
				}
				came.Add(1)
			}
		})
	}
	seen, waited := int64(0), 0
	for i := uint64(0); came.Load() < 80; i++ {
		mustAppend(t, lone, manyEvents("lang-son", 1, i))
		if now := came.Load(); now > seen+patience {
			t.Fatalf("%d appends of the crowd came before one of the lone process", now-seen)
		} else if now > seen {
			seen, waited = now, 0
		} else if waited++; waited > patience {
			t.Fatalf("%d appends of the lone process came before one of the crowd", waited)
		}
	}
}
