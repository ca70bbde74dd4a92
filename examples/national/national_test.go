package national_test

import (
	"crypto/rand"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"thidua/bundle"
	"thidua/eventlog"
	"thidua/examples/national"
	"thidua/internal/testenv"
)

// Whatever its size and seed, a year's bundles satisfy every rule.
func TestEveryBundleIsValid(t *testing.T) {
	t.Parallel()
	nc, err := testenv.NATS(t).Connect()
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	log, err := eventlog.Open(t.Context(), nc, eventlog.Config{Now: time.Now, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	rapid.Check(t, func(r *rapid.T) {
		c := national.Config{
			Units:    rapid.IntRange(1, 12).Draw(r, "units"),
			Criteria: rapid.IntRange(1, 30).Draw(r, "criteria"),
			Periods:  rapid.IntRange(1, national.MaxPeriods).Draw(r, "periods"),
			Seed:     rapid.Uint64().Draw(r, "seed"),
		}
		for _, dir := range seasons(t, write(t, c)) {
			papers, err := bundle.Open(t.Context(), dir)
			if err != nil {
				r.Fatal(err)
			}
			result, err := papers.Import(t.Context(), log, bundle.Options{Now: time.Now, DryRun: true, Actor: "system:test"})
			if err != nil || len(result.Errors) > 0 || result.Events == 0 {
				r.Errorf("%+v: %v, %d events, errors %v", c, err, result.Events, result.Errors)
			}
			if err := papers.Close(); err != nil {
				r.Fatal(err)
			}
		}
	})
}

// The same seed gives the same bytes, another one others.
func TestSeed(t *testing.T) {
	t.Parallel()
	c := national.Config{Units: 21, Criteria: 5, Periods: 2, Seed: 7}
	want := content(t, write(t, c))
	if diff := cmp.Diff(want, content(t, write(t, c))); diff != "" {
		t.Errorf("the same seed again (-want +got):\n%s", diff)
	}
	c.Seed = 8
	if cmp.Equal(want, content(t, write(t, c))) {
		t.Error("another seed gives the same year")
	}
}

// A year has as many units, clusters and values as was asked for.
func TestSize(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	told := uint64(0)
	values, err := national.Write(t.Context(), dir, national.Config{Units: 33, Criteria: 26, Periods: 12, Seed: 1}, func(done, _ uint64) { told = done })
	if err != nil {
		t.Fatal(err)
	}
	if got := len(seasons(t, dir)); got != 4 || told != 4 {
		t.Errorf("%d bundles, %d of them told; want 4", got, told)
	}
	if most := 33 * 26 * 12; values < most*95/100 || values > most*105/100 {
		t.Errorf("%d values; want about %d", values, most)
	}
}

func write(t *testing.T, c national.Config) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := national.Write(t.Context(), dir, c, func(uint64, uint64) {}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func seasons(t *testing.T, dir string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// content is every file of a folder, by its path in it.
func content(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, path))
		files[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
