package access_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"thidua/access"
	"thidua/domain"
	"thidua/internal/testenv"
	"thidua/migrations"
)

func TestMain(m *testing.M) { testenv.Main(m) }

var made = time.Date(2019, 4, 5, 10, 30, 0, 0, time.UTC)

func open(t *testing.T) *sqlx.DB {
	t.Helper()
	return testenv.PostgresWith(t, "access", func(ctx context.Context, db *sqlx.DB) error { return migrations.Up(ctx, db.DB) })
}

// listed judges the list of all tokens, of which the second is the inspectors'.
func listed(t *testing.T, db *sqlx.DB, want ...access.Token) {
	t.Helper()
	got, err := access.List(t.Context(), db, "")
	if diff := cmp.Diff(want, got, cmp.Comparer(time.Time.Equal)); diff != "" || err != nil {
		t.Errorf("all tokens: %v (-want +got):\n%s", err, diff)
	}
	if of, err := access.List(t.Context(), db, access.Log); err != nil || len(of) != 1 {
		t.Errorf("the inspectors' are %v, %v", of, err)
	}
}

// asked is a secret that somebody comes with, for something at a moment.
type asked struct {
	secret string
	scope  access.Scope
	at     time.Time
}

// A token serves for its scope and its time, until it is taken back, and nothing else does.
func TestTokens(t *testing.T) {
	t.Parallel()
	db := open(t)
	end := made.Add(time.Hour)
	tokens := map[string]access.Token{
		"the inspectors' secret": {Name: "thanh-tra", Scope: access.Log, Made: made},
		"the team's secret":      {Name: "team", Scope: access.Events, Made: made, Expires: &end},
	}
	for secret, token := range tokens {
		if err := access.Add(t.Context(), db, token, secret); err != nil {
			t.Fatal(err)
		}
		if err := access.Add(t.Context(), db, token, "another secret"); !errors.Is(err, domain.ErrConflict) {
			t.Errorf("%s twice: %v", token.Name, err)
		}
	}
	holders := map[asked]string{
		{"the inspectors' secret", access.Log, made.AddDate(100, 0, 0)}:  "thanh-tra",
		{"the inspectors' secret", access.Events, made}:                  "",
		{"the team's secret", access.Events, end.Add(-time.Millisecond)}: "team",
		{"the team's secret", access.Events, end}:                        "",
		{"the team's secret", access.Log, made}:                          "",
		{"another secret", access.Events, made}:                          "",
		{"", access.Events, made}:                                        "",
	}
	judge := func() {
		t.Helper()
		for a, want := range holders {
			got, err := access.Holder(t.Context(), db, a.secret, a.scope, a.at)
			if got != want || (want == "") != errors.Is(err, domain.ErrNotFound) {
				t.Errorf("%v is held by %q, %v, want %q", a, got, err, want)
			}
		}
	}
	judge()
	listed(t, db, tokens["the team's secret"], tokens["the inspectors' secret"])

	if err := access.Revoke(t.Context(), db, "team", access.Log); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("a token of another scope is revoked: %v", err)
	}
	if err := access.Revoke(t.Context(), db, "team", ""); err != nil {
		t.Error(err)
	}
	holders[asked{"the team's secret", access.Events, end.Add(-time.Millisecond)}] = ""
	judge()
}

// No token stands in the database.
func TestNoTokenIsKept(t *testing.T) {
	t.Parallel()
	db := open(t)
	const secret = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	if err := access.Add(t.Context(), db, access.Token{Name: "team", Scope: access.Events, Made: made}, secret); err != nil {
		t.Fatal(err)
	}
	var row string
	if err := db.GetContext(t.Context(), &row, "SELECT token::text FROM private.token"); err != nil || strings.Contains(row, secret) {
		t.Errorf("the row is %s, %v", row, err)
	}
}
