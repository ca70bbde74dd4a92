package bundle_test

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
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
	root := os.DirFS(path)
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
	t.Parallel()
	home := openLog(t, testenv.NATS(t))
	papers := edited(t, withEvidence("son-la"))
	imported(t, home, papers)
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
	if again := imported(t, away, papers); !again.Unchanged {
		t.Errorf("the papers, imported after their export: %+v", again)
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
	t.Parallel()
	log := openLog(t, testenv.NATS(t))
	imported(t, log, edited(t, lean, running, appended("adjustments.csv", `lai-chau,penalty,01.50," two`+"\n"+`lines, ""quoted""; `+`",y,2019-11-28T02:00:00.50Z`)))
	text := filesOf(t, exported(t, log, "papers"))["adjustments.csv"]
	const want = `lai-chau,penalty,01.50," two` + "\n" + `lines, ""quoted""; ",y,2019-11-28T02:00:00.50Z` + "\n"
	if !strings.Contains(text, want) {
		t.Errorf("adjustments.csv lacks %q:\n%s", want, text)
	}
}

func TestExportRefuses(t *testing.T) {
	t.Parallel()
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

func TestExportTellsFilesOfOneNameApart(t *testing.T) {
	t.Parallel()
	log := openLog(t, testenv.NATS(t))
	imported(t, log, edited(t, small, replace("values.csv", "ha-giang,2019-Q1,A1,8,,2019-04-05T23:30:00+00:00,vanphong.hagiang,", "ha-giang,2019-Q1,A1,8,,2019-04-05T23:30:00+00:00,vanphong.hagiang,photo.jpg"), written("evidence/photo.jpg", "one")))
	report(t, log, "photo.jpg", "two", "2019-04-06T08:00:00+07:00")
	report(t, log, "../../escaped.jpg", "three", "2019-04-06T08:01:00+07:00")
	out := exported(t, log, "papers")
	got := map[string]string{}
	for name, text := range filesOf(t, out) {
		if strings.HasPrefix(name, "evidence/") {
			got[name] = text
		}
	}
	want := map[string]string{"evidence/photo.jpg": "one", "evidence/" + digestOf("two")[:16] + ".jpg": "two", "evidence/" + digestOf("three")[:16] + ".jpg": "three"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("evidence (-want +got):\n%s", diff)
	}
	imported(t, openLog(t, testenv.NATS(t)), out)
}

func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// report submits a value of ha-giang with evidence to the log by another way than a bundle.
func report(t testing.TB, log *eventlog.Log, name, content, at string) {
	t.Helper()
	if err := log.PutEvidence(t.Context(), digestOf(content), int64(len(content)), strings.NewReader(content)); err != nil {
		t.Fatal(err)
	}
	ref, _, err := log.Person(t.Context(), "vanphong.hagiang")
	if err != nil {
		t.Fatal(err)
	}
	var a domain.Append
	seal := func(field, text string) *domain.Disclosable {
		sealed, disclosure, err := log.Seal(field, text)
		if err != nil {
			t.Fatal(err)
		}
		a.Disclosures = append(a.Disclosures, disclosure)
		return sealed
	}
	moment, err := domain.ParseInstant(at)
	if err != nil {
		t.Fatal(err)
	}
	command := domain.ReportIndicator{Season: season, Unit: "ha-giang", Period: "2019-Q1", At: moment, IndicatorReported: domain.IndicatorReported{
		Criterion: "A1", Value: "9", By: ref, Reason: seal("reason", "x"),
		Evidence: []domain.Evidence{{SHA256: digestOf(content), Size: int64(len(content)), MediaType: "image/jpeg", Name: seal("name", name)}},
	}}
	a.ID, a.Digest, a.Actor = log.CommandID("test", at), domain.Digest(at), ref
	a.Changes = command.Changes(world(t, log))
	if _, err := log.Append(t.Context(), a); err != nil {
		t.Fatal(err)
	}
}
