package workers_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
	"thidua/projections"
	"thidua/workers"
)

// A crash may come after the last batch of a catch-up and before its indexes: the next start makes them, without any new event.
func TestIndexesAreMadeAtTheNextStart(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.indexed(t)
	want := b.indexes(t)
	if len(want) == 0 {
		t.Fatal("a projection that has caught up has no indexes")
	}
	b.exec(t, "UPDATE frame.checkpoint SET indexed = false WHERE name = 'audit'")
	for _, index := range want {
		if _, err := b.db.ExecContext(t.Context(), "DROP INDEX p_audit_1."+index); err != nil {
			t.Fatal(err)
		}
	}
	b.indexed(t)
	if diff := cmp.Diff(want, b.indexes(t)); diff != "" {
		t.Errorf("indexes of the audit trail (-want +got):\n%s", diff)
	}
}

func TestRebuildBringsItsIndexes(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.indexed(t)
	want := b.indexes(t)
	audit := b.named(t, "audit")
	if _, err := workers.Rebuild(t.Context(), b.only("rebuilding", "audit"), quiet); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, b.indexes(t)); diff != "" {
		t.Errorf("indexes of the audit trail (-want +got):\n%s", diff)
	}
	if c, err := projections.LoadCheckpoint(t.Context(), b.db, audit); err != nil || !c.Indexed {
		t.Errorf("the checkpoint after the rebuild is %+v, %v, want it indexed", c, err)
	}
}

func TestOnlyTheOwnerMakesIndexes(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	audit := b.named(t, "audit")
	if err := projections.Install(t.Context(), b.db, audit); err != nil {
		t.Fatal(err)
	}
	first, err := projections.Claim(t.Context(), b.db, audit, b.log.Epoch(), projections.Lease{Name: audit.Schema(), Owner: "first", Fence: 1})
	if err != nil {
		t.Fatal(err)
	}
	second, err := projections.Claim(t.Context(), b.db, audit, b.log.Epoch(), projections.Lease{Name: audit.Schema(), Owner: "second", Fence: 2})
	if err != nil {
		t.Fatal(err)
	}
	if err := projections.Index(t.Context(), b.db, audit, first); !errors.Is(err, domain.ErrConflict) || first.Indexed {
		t.Errorf("the first owner gets %v, want a conflict", err)
	}
	if got := b.indexes(t); len(got) != 0 {
		t.Errorf("there are indexes already: %v", got)
	}
	if err := projections.Index(t.Context(), b.db, audit, second); err != nil || !second.Indexed {
		t.Errorf("the second owner gets %v", err)
	}
}

// indexed lets workers run until the audit trail has come to the end of the log and has its indexes.
func (b *bed) indexed(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	stop := b.run(t, b.config("indexing"))
	b.caughtUp(t)
	for {
		c, err := projections.LoadCheckpoint(ctx, b.db, b.named(t, "audit"))
		if err != nil {
			t.Fatal(err)
		}
		if c.Indexed {
			break
		}
		select {
		case <-ctx.Done():
			t.Fatal("the indexes were not made")
		case <-time.After(2 * time.Millisecond):
		}
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

// indexes lists the secondary indexes of the audit trail.
func (b *bed) indexes(t *testing.T) []string {
	t.Helper()
	const query = "SELECT indexname FROM pg_indexes WHERE schemaname = 'p_audit_1' AND indexname <> 'audit_pkey' ORDER BY indexname"
	var names []string
	if err := b.db.SelectContext(t.Context(), &names, query); err != nil {
		t.Fatal(err)
	}
	return names
}
