package analytics_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/analytics"
)

var update = flag.Bool("update", false, "write the golden file of the views' columns anew; what is released there must stay")

// A released view never changes its columns, their order or their types: who needs others makes a view of the next version.
func TestColumnsAreThoseThatWereReleased(t *testing.T) {
	t.Parallel()
	db := database(t)
	var lines []string
	const columns = `
		SELECT concat_ws(' ', table_name, column_name, data_type)
		FROM information_schema.columns
		WHERE table_schema = 'analytics'
		ORDER BY table_name COLLATE "C", ordinal_position`
	if err := db.SelectContext(t.Context(), &lines, columns); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "columns.golden.txt")
	got := strings.Join(lines, "\n") + "\n"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("columns (-released +now):\n%s", diff)
	}
}

func TestEveryViewHasAPositionAndSaysWhetherItIsFinal(t *testing.T) {
	t.Parallel()
	db := database(t)
	for _, view := range analytics.Views() {
		var n int
		if err := db.GetContext(t.Context(), &n, "SELECT count(*) FROM (SELECT position, final FROM analytics."+view+") AS v"); err != nil {
			t.Errorf("%s: %v", view, err)
		}
	}
	var got []string
	if err := db.SelectContext(t.Context(), &got, "SELECT relname FROM pg_class WHERE relnamespace = 'analytics'::regnamespace ORDER BY relname"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Fields("dim_criterion_v1 dim_period_v1 dim_season_v1 dim_unit_v1 fact_award_v1 fact_score_v1 fact_standing_v1 fact_value_v1 position_v1"), got); diff != "" {
		t.Errorf("views (-want +got):\n%s", diff)
	}
}
