package tables_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/tables"
)

// tree is every file below a folder, by its path.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		relative, _ := filepath.Rel(dir, path)
		files[relative] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// The same position gives the same bytes, wherever the rows lie in the database and whatever was in the folder; and the manifest proves them.
func TestSameBytes(t *testing.T) {
	db := filled(t)
	for _, format := range tables.Formats() {
		out := filepath.Join(t.TempDir(), "out")
		export(t, db, out, tables.Wish{Format: format})
		first := tree(t, out)
		db.MustExec("UPDATE shop.fact SET unit = unit WHERE position < 3")
		m := export(t, db, out, tables.Wish{Format: format})
		if diff := cmp.Diff(first, tree(t, out)); diff != "" {
			t.Errorf("%s (-first +second):\n%s", format, diff)
		}
		files := m.Files
		for _, table := range m.Tables {
			files = append(files, table.Files...)
		}
		for _, f := range files {
			digest := sha256.Sum256([]byte(first[f.Path]))
			if got := hex.EncodeToString(digest[:]); got != f.SHA256 || int64(len(first[f.Path])) != f.Bytes {
				t.Errorf("%s has %d bytes, %s; the manifest says %d, %s", f.Path, len(first[f.Path]), got, f.Bytes, f.SHA256)
			}
		}
		if len(files)+1 != len(first) {
			t.Errorf("the manifest names %d files beside itself, there are %d", len(files), len(first)-1)
		}
	}
}

// What others put there stays.
func TestForeign(t *testing.T) {
	db := filled(t)
	for name, prepare := range map[string]func(t *testing.T, out string){
		"a file": func(t *testing.T, out string) { lay(t, out) },
		"a folder of others": func(t *testing.T, out string) {
			lay(t, filepath.Join(out, "notes.txt"))
		},
		"an export with a file of others": func(t *testing.T, out string) {
			export(t, db, out, tables.Wish{Format: tables.CSV})
			lay(t, filepath.Join(out, "fact_v1", "notes.txt"))
		},
		"a manifest of something else": func(t *testing.T, out string) { lay(t, filepath.Join(out, "manifest.json")) },
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out")
			prepare(t, out)
			before := tree(t, filepath.Dir(out))
			_, err := shop().Export(t.Context(), db, out, tables.Wish{Format: tables.CSV})
			if _, ok := errors.AsType[*tables.Refusal](err); !ok {
				t.Errorf("the export says %v, want a refusal", err)
			}
			if diff := cmp.Diff(before, tree(t, filepath.Dir(out))); diff != "" {
				t.Errorf("(-before +after):\n%s", diff)
			}
		})
	}
}

func lay(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// An export that is broken off leaves what was there before, and nothing else; one that was killed does not stand in the way.
func TestBrokenOff(t *testing.T) {
	db, dir := filled(t), t.TempDir()
	out := filepath.Join(dir, "out")
	export(t, db, out, tables.Wish{Format: tables.CSV})
	before := tree(t, dir)
	ctx, stop := context.WithCancel(t.Context())
	_, err := shop().Export(ctx, db, out, tables.Wish{Format: tables.NDJSON, Progress: func(uint64, uint64) { stop() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the export says %v, want that it was stopped", err)
	}
	if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
	lay(t, filepath.Join(dir, ".out.thidua-partial", "fact_v1", "half"))
	m := export(t, db, out, tables.Wish{Format: tables.NDJSON})
	got := tree(t, dir)
	if len(got) != 3+len(m.Tables) {
		t.Errorf("there are %d files, want %d", len(got), 3+len(m.Tables))
	}
	if !strings.Contains(got["out/manifest.json"], `"format": "ndjson"`) {
		t.Errorf("the manifest says %s", got["out/manifest.json"])
	}
}

// Of two exports into one folder at once, one goes on.
func TestAtOnce(t *testing.T) {
	db, out := filled(t), filepath.Join(t.TempDir(), "out")
	var second error
	m := export(t, db, out, tables.Wish{Format: tables.CSV, Progress: func(done, total uint64) {
		if done == total {
			_, second = shop().Export(t.Context(), db, out, tables.Wish{Format: tables.CSV})
		}
	}})
	if refusal, ok := errors.AsType[*tables.Refusal](second); !ok || !refusal.Passing() {
		t.Errorf("the second export says %v, want a refusal that passes", second)
	}
	if got := tree(t, out); len(got) != 3+len(m.Tables) {
		t.Errorf("there are %d files, want %d", len(got), 3+len(m.Tables))
	}
}
