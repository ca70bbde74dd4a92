package bundle_test

import (
	"archive/zip"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/bundle"
	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
)

// exported writes the season into a folder or zip of a name and returns its path.
func exported(t testing.TB, log *eventlog.Log, name string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), name)
	if err := bundle.Export(t.Context(), log, season, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// filesOf reads a folder or a zip.
func filesOf(t testing.TB, path string) papers {
	t.Helper()
	var root fs.FS = os.DirFS(path)
	if filepath.Ext(path) == ".zip" {
		file, err := zip.OpenReader(path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = file.Close() }()
		root = file
	}
	files := papers{}
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(root, name)
		files[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestExportComesBackAsItWas(t *testing.T) {
	home := openLog(t, testenv.NATS(t))
	imported(t, home, example)
	folder, packed := exported(t, home, "papers"), exported(t, home, "papers.zip")
	if diff := cmp.Diff(filesOf(t, folder), filesOf(t, packed)); diff != "" {
		t.Errorf("folder and zip differ (-folder +zip):\n%s", diff)
	}
	if diff := cmp.Diff(filesOf(t, packed), filesOf(t, exported(t, home, "again.zip"))); diff != "" {
		t.Errorf("the second export differs (-first +second):\n%s", diff)
	}
	if again := imported(t, home, folder); !again.Unchanged {
		t.Errorf("imported at home: %+v", again)
	}
	away := openLog(t, testenv.NATS(t))
	imported(t, away, packed)
	if diff := cmp.Diff(world(t, home).Ranking(now).Standings, world(t, away).Ranking(now).Standings); diff != "" {
		t.Errorf("ranking elsewhere (-home +away):\n%s", diff)
	}
	if diff := cmp.Diff(filesOf(t, packed), filesOf(t, exported(t, away, "away.zip"))); diff != "" {
		t.Errorf("the export from elsewhere differs (-home +away):\n%s", diff)
	}
	if again := imported(t, away, example); !again.Unchanged {
		t.Errorf("the example, imported after its export: %+v", again)
	}
	read := func(path string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if read(packed) != read(exported(t, home, "bytes.zip")) {
		t.Error("two zips of one record have other bytes")
	}
}

func TestExportKeepsTextsAsTheyCame(t *testing.T) {
	log := openLog(t, testenv.NATS(t))
	imported(t, log, edited(t, lean, running, appended("adjustments.csv", `lai-chau,penalty,01.50," two`+"\n"+`lines, ""quoted""; `+`",y,2019-11-28T02:00:00.50Z`)))
	text := filesOf(t, exported(t, log, "papers"))["adjustments.csv"]
	const want = `lai-chau,penalty,01.50," two` + "\n" + `lines, ""quoted""; ",y,2019-11-28T02:00:00.50Z` + "\n"
	if !strings.Contains(text, want) {
		t.Errorf("adjustments.csv lacks %q:\n%s", want, text)
	}
}

func TestExportRefuses(t *testing.T) {
	log := openLog(t, testenv.NATS(t))
	out := filepath.Join(t.TempDir(), "papers")
	if err := bundle.Export(t.Context(), log, season, out); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("no season: %v, want %v", err, domain.ErrNotFound)
	}
	path := edited(t, lean)
	if _, err := open(t, path).Import(t.Context(), &interrupted{log, 300}, options()); !errors.Is(err, errCut) {
		t.Fatal(err)
	}
	if err := bundle.Export(t.Context(), log, season, out); !errors.Is(err, domain.ErrRefused) {
		t.Errorf("half an import: %v, want %v", err, domain.ErrRefused)
	}
	imported(t, log, path)
	if err := bundle.Export(t.Context(), log, season, out); err != nil {
		t.Fatal(err)
	}
	if err := bundle.Export(t.Context(), log, season, out); !errors.Is(err, domain.ErrRefused) {
		t.Errorf("onto what is there: %v, want %v", err, domain.ErrRefused)
	}
	entries, err := os.ReadDir(filepath.Dir(out))
	if err != nil || len(entries) != 1 {
		t.Errorf("beside the bundle there is %v, %v", entries, err)
	}
}
