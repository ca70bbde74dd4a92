package projections_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"pgregory.net/rapid"

	"thidua/domain"
	"thidua/internal/testenv"
	"thidua/projections"
)

// copied is a row of a table that takes every kind of value.
type copied struct {
	N     int            `db:"n"`
	Word  string         `db:"word"`
	Bytes []byte         `db:"bytes"`
	At    time.Time      `db:"at"`
	Many  pq.StringArray `db:"many"`
	Truth bool           `db:"truth"`
}

func (c copied) values() []any { return []any{c.N, c.Word, c.Bytes, c.At, c.Many, c.Truth, nil} }

const copiedColumns = "n, word, bytes, at, many, truth, nothing"

func copiedTable(t *testing.T) *sqlx.DB {
	t.Helper()
	db := testenv.Postgres(t)
	db.MustExecContext(t.Context(), "CREATE TABLE copied (n int PRIMARY KEY, word text, bytes bytea, at timestamptz, many text[], truth boolean, nothing text)")
	return db
}

// TestCopyGivesBackWhatItWasGiven copies rows of whatever could be taken for the end of a column, a row or the whole.
func TestCopyGivesBackWhatItWasGiven(t *testing.T) {
	t.Parallel()
	db := copiedTable(t)
	odd := rapid.SampledFrom([]string{`\`, `\\`, `\N`, `\.`, `\x41`, "\t", "\n", "\r", "\r\n", "\b", `"`, "", " ", "Lò Thị Thanh", "\U0001F33E", "{,}", "NULL"})
	word := rapid.Custom(func(rt *rapid.T) string { return strings.Join(rapid.SliceOfN(odd, 0, 6).Draw(rt, "parts"), "") })
	row := rapid.Custom(func(rt *rapid.T) copied {
		return copied{
			Word:  word.Draw(rt, "word"),
			Bytes: rapid.OneOf(rapid.SliceOf(rapid.Byte()), rapid.Map(word, func(s string) []byte { return []byte(s) })).Draw(rt, "bytes"),
			At:    time.UnixMicro(rapid.Int64Range(-63e15, 250e15).Draw(rt, "at")).In(time.FixedZone("", 60*rapid.IntRange(-900, 900).Draw(rt, "zone"))),
			Many:  rapid.SliceOfN(word, 0, 3).Draw(rt, "many"),
			Truth: rapid.Bool().Draw(rt, "truth"),
		}
	})
	rapid.Check(t, func(rt *rapid.T) {
		want := rapid.SliceOfN(row, 1, 50).Draw(rt, "rows")
		var all [][]any
		for i := range want {
			want[i].N = i
			all = append(all, want[i].values())
		}
		db.MustExecContext(t.Context(), "TRUNCATE copied")
		if err := projections.Copy(t.Context(), db, "copied", copiedColumns, all...); err != nil {
			rt.Fatal(err)
		}
		var got []copied
		if err := db.SelectContext(t.Context(), &got, "SELECT n, word, bytes, at, many, truth FROM copied WHERE nothing IS NULL ORDER BY n"); err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			rt.Errorf("rows (-want +got):\n%s", diff)
		}
	})
}

// TestCopyOfManyRows copies more than the driver sends at once.
func TestCopyOfManyRows(t *testing.T) {
	t.Parallel()
	db := copiedTable(t)
	const n = 5000
	all := make([][]any, n)
	for i := range all {
		all[i] = copied{N: i, Word: strings.Repeat("x", i%90), Bytes: []byte("bytes"), At: time.Unix(int64(i), 0)}.values()
	}
	if err := projections.Copy(t.Context(), db, "copied", copiedColumns, all...); err != nil {
		t.Fatal(err)
	}
	var wrong, count int
	if err := db.QueryRowContext(t.Context(), "SELECT count(*), count(*) FILTER (WHERE length(word) <> n % 90) FROM copied").Scan(&count, &wrong); err != nil {
		t.Fatal(err)
	}
	if count != n || wrong != 0 {
		t.Errorf("%d rows of which %d are wrong, want %d and none", count, wrong, n)
	}
}

// TestCopyRefuses has nothing written where the server refuses a row, or where a value has no form, and leaves the connection fit for the next.
func TestCopyRefuses(t *testing.T) {
	t.Parallel()
	db := copiedTable(t)
	conn, err := db.Connx(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	good := copied{N: 1, Bytes: []byte("b"), At: time.Unix(0, 0)}.values()
	for name, row := range map[string][]any{
		"the same key": good,
		"a zero byte":  copied{N: 2, Word: "a\x00b"}.values(),
		"no value":     {3, struct{}{}, nil, nil, nil, true, nil},
		"no array":     {4, "", nil, nil, pq.Array(domain.Decimal("")), true, nil},
	} {
		if err := projections.Copy(t.Context(), conn, "copied", copiedColumns, good, row); err == nil {
			t.Errorf("%s: it was taken", name)
		}
	}
	if err := projections.Copy(t.Context(), conn, "copied", copiedColumns, good); err != nil {
		t.Errorf("after refusals: %v", err)
	}
}
