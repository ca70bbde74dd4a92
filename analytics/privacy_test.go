package analytics_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"thidua/analytics"
)

// nothingPersonalIsShown looks in every row of every view for every ref of a person, every digest of a text and every such text that is on the log.
func nothingPersonalIsShown(t *testing.T, r *record, db *sqlx.DB) {
	t.Helper()
	personal := map[string]bool{}
	var digests []string
	for _, e := range r.events {
		for _, m := range regexp.MustCompile(`"sd":"([^"]+)"`).FindAllStringSubmatch(string(e.Payload), -1) {
			digests = append(digests, m[1])
			personal[m[1]] = true
		}
		for _, ref := range regexp.MustCompile(`\bp-[A-Za-z0-9_-]{16,}`).FindAllString(string(e.Payload), -1) {
			personal[ref] = true
		}
	}
	texts, err := r.log.Disclose(t.Context(), digests)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range texts {
		personal[text] = true
	}
	if len(digests) < 100 || len(texts) < 20 || len(personal) < len(digests) {
		t.Fatalf("%d digests and %d texts on the log are too few to look for", len(digests), len(texts))
	}
	for _, view := range analytics.Views() {
		var rows []string
		if err := db.SelectContext(t.Context(), &rows, "SELECT to_jsonb(v)::text FROM analytics."+view+" AS v"); err != nil {
			t.Fatal(err)
		}
		if len(rows) == 0 {
			t.Errorf("%s is empty", view)
		}
		all := strings.Join(rows, "\n")
		for thing := range personal { // a short text, such as a role, may be a part of a longer one that is public
			if strings.Contains(all, `"`+thing+`"`) || len(thing) > 20 && strings.Contains(all, thing) {
				t.Errorf("%s shows %q", view, thing)
			}
		}
		if strings.Contains(all, "system:") {
			t.Errorf("%s shows who gave a command", view)
		}
	}
}

// examplesOfTheGuideRun runs the queries of docs/analytics.md as an analyst.
func examplesOfTheGuideRun(t *testing.T, db *sqlx.DB) {
	t.Helper()
	a, _ := analyst(t, db)
	guide, err := os.ReadFile("../docs/analytics.md")
	if err != nil {
		t.Fatal(err)
	}
	queries := regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllStringSubmatch(string(guide), -1)
	if len(queries) < 3 {
		t.Fatalf("the guide has %d queries, want three at least", len(queries))
	}
	for _, q := range queries {
		var n int
		if err := a.GetContext(t.Context(), &n, "SELECT count(*) FROM ("+strings.TrimSuffix(strings.TrimSpace(q[1]), ";")+") AS example"); err != nil || n == 0 {
			t.Errorf("%s gives %d rows and %v", q[1], n, err)
		}
	}
	for _, view := range analytics.Views() {
		if !strings.Contains(string(guide), "`"+view+"`") {
			t.Errorf("the guide does not name %s", view)
		}
	}
}
