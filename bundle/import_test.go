package bundle_test

import (
	"crypto/rand"
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"thidua/bundle"
	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/embedded"
	"thidua/internal/testenv"
)

const season = "northern-border-2019"

// openLog returns the log of a server, with a connection of its own.
func openLog(t testing.TB, server *embedded.NATS) *eventlog.Log {
	t.Helper()
	nc, err := server.Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	log, err := eventlog.Open(t.Context(), nc, eventlog.Config{Now: time.Now, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	})
	return log
}

func options() bundle.Options {
	return bundle.Options{Now: func() time.Time { return now }, Actor: "system:import"}
}

// imported imports a bundle, which must be taken.
func imported(t testing.TB, log bundle.Record, path string) bundle.Result {
	t.Helper()
	result := tried(t, log, path)
	if len(result.Errors) > 0 {
		t.Fatalf("import of %s: %q", path, places(result.Errors))
	}
	return result
}

// tried imports a bundle, which may be refused.
func tried(t testing.TB, log bundle.Record, path string) bundle.Result {
	t.Helper()
	result, err := open(t, path).Import(t.Context(), log, options())
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// world folds the season's record, and every event of the log is counted.
func world(t testing.TB, log domain.History) *domain.World {
	t.Helper()
	events, err := log.Season(t.Context(), season, 0)
	if err != nil {
		t.Fatal(err)
	}
	w := domain.NewWorld(season, now)
	for _, r := range events {
		w.Evolve(r)
	}
	return w
}

func last(t testing.TB, log *eventlog.Log) domain.Position {
	t.Helper()
	position, err := log.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return position
}

// expected reads a ranking that was computed by other means.
func expected(t testing.TB, file string) []any {
	t.Helper()
	text, err := os.ReadFile("../examples/expected/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Standings []any `json:"standings"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Standings
}

// standings writes a ranking as json values, without the fields that the expected rankings do not have.
func standings(t testing.TB, r domain.Ranking, like []any) []any {
	t.Helper()
	text, err := json.Marshal(r.Standings)
	if err != nil {
		t.Fatal(err)
	}
	var values []any
	if err := json.Unmarshal(text, &values); err != nil {
		t.Fatal(err)
	}
	for i := range values {
		for name := range values[i].(map[string]any) {
			if _, has := like[i].(map[string]any)[name]; !has {
				delete(values[i].(map[string]any), name)
			}
		}
	}
	return values
}

func TestImportedExampleHasTheExpectedRankings(t *testing.T) {
	t.Parallel()
	log := openLog(t, testenv.NATS(t))
	result := imported(t, log, example)
	if result.Season != season || result.Unchanged || uint64(result.Events) != last(t, log) || result.Position != last(t, log) {
		t.Errorf("result %+v, the log ends at %d", result, last(t, log))
	}
	w := world(t, log)
	for file, at := range map[string]string{
		"northern-border-2019.json":               "2020-01-01T00:00:00+07:00",
		"northern-border-2019.at-2019-10-31.json": "2019-10-31T23:59:59+07:00",
	} {
		moment, err := domain.ParseInstant(at)
		if err != nil {
			t.Fatal(err)
		}
		want := expected(t, file)
		if diff := cmp.Diff(want, standings(t, w.Ranking(moment.Time()), want)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
	if w.Season.Importing != "" || !w.Season.InForce.Given() || w.Season.Final == nil {
		t.Errorf("season %+v", w.Season)
	}
	upTo, err := log.Season(t.Context(), season, w.Season.Final.Position)
	if err != nil {
		t.Fatal(err)
	}
	before := domain.NewWorld(season, now)
	for _, r := range upTo {
		before.Evolve(r)
	}
	if differs := domain.DifferentFinal(before, w.Season.Final); differs != "" {
		t.Error(differs)
	}
	if report, err := log.Check(t.Context(), nil); err != nil {
		t.Errorf("check: %+v %v", report, err)
	}
	again := bundle.Result{Season: season, Position: result.Position, Unchanged: true, Errors: []bundle.Fault{}}
	if diff := cmp.Diff(again, imported(t, log, example)); diff != "" {
		t.Errorf("imported again (-want +got):\n%s", diff)
	}
}

// lean takes the evidence out of the papers, so that they are in sooner.
func lean(t testing.TB, files papers) {
	t.Helper()
	withEvidence("")(t, files)
}

// withEvidence keeps of the evidence only the files of one unit.
func withEvidence(unit string) edit {
	return func(_ testing.TB, files papers) {
		other := func(name string) bool { return unit == "" || !strings.HasPrefix(name, unit) }
		files["values.csv"] = regexp.MustCompile(`[a-z0-9-]+\.txt`).ReplaceAllStringFunc(files["values.csv"], func(name string) string {
			if other(name) {
				return ""
			}
			return name
		})
		maps.DeleteFunc(files, func(name, _ string) bool {
			file, isEvidence := strings.CutPrefix(name, "evidence/")
			return isEvidence && other(file)
		})
	}
}

// running takes the end of the season out of the papers, and the last of its values.
func running(t testing.TB, files papers) {
	t.Helper()
	without("season.yaml", "finalised_at")(t, files)
	without("values.csv", "ha-giang,2019-Q4,C1,251")(t, files)
	delete(files, "ballots.csv")
	delete(files, "awards.csv")
	delete(files, "holds.csv")
}

func TestDryRunChangesNothing(t *testing.T) {
	t.Parallel()
	log := openLog(t, testenv.NATS(t))
	dry := options()
	dry.DryRun = true
	planned, err := open(t, edited(t, lean)).Import(t.Context(), log, dry)
	if err != nil {
		t.Fatal(err)
	}
	if at := last(t, log); at != 0 {
		t.Errorf("a dry run wrote up to %d", at)
	}
	if done := imported(t, log, edited(t, lean)); done.Events != planned.Events {
		t.Errorf("a dry run counts %d events, the import %d", planned.Events, done.Events)
	}
}

func TestRefusedBundleChangesNothing(t *testing.T) {
	t.Parallel()
	log := openLog(t, testenv.NATS(t))
	result := tried(t, log, edited(t, replace("season.yaml", "head: son-la", "head: vwu")))
	if diff := cmp.Diff([]string{"season.yaml:7 head head"}, places(result.Errors)); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	if at := last(t, log); at != 0 || result.Events != 0 {
		t.Errorf("a refused bundle wrote up to %d: %+v", at, result)
	}
}
