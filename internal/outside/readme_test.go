package outside_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"thidua/seal/dossier"
)

// programIn is the program that a README of a dossier gives, without its indent.
func programIn(t *testing.T, readme string) string {
	t.Helper()
	content, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, begins := strings.Cut(string(content), "   ```python\n")
	text, _, ends := strings.Cut(rest, "   ```\n")
	if !begins || !ends {
		t.Fatalf("%s has no program", readme)
	}
	return strings.ReplaceAll("\n"+text, "\n   ", "\n")
}

// What the dossier's README tells a reader to do with programs that are not ours agrees with the dossier, and finds what was changed.
func TestReadmeOfDossier(t *testing.T) {
	t.Parallel()
	file, key := exampleDossier(t, func(*dossier.Record) {})
	for _, lang := range []string{"vi", "en"} {
		dir, script := t.TempDir(), filepath.Join(t.TempDir(), "check.py")
		unpack(t, dir, file)
		writeFile(t, script, []byte(programIn(t, filepath.Join(dir, "README."+lang+".md"))))
		check := func(name string, args ...string) (string, error) {
			cmd := exec.CommandContext(t.Context(), name, args...)
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			return string(out), err
		}
		python := func() (string, error) { return check("python3", script, key.Public()) }
		sums := func() (string, error) {
			return check("sh", "-c", `awk '$1 == "file" {print $3 "  " $4}' manifest | sha256sum -c --quiet`)
		}
		if out, err := python(); err != nil || !strings.Contains(out, "800 of the season northern-border-2019, without a hole") {
			t.Errorf("%v: %s", err, out)
		}
		if out, err := sums(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		for _, name := range []string{"events.jsonl", "ranking.json", "checkpoint", "manifest"} {
			path := filepath.Join(dir, name)
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			changed := bytes.Clone(content)
			changed[len(changed)/2] ^= 1
			writeFile(t, path, changed)
			if out, err := python(); err == nil {
				t.Errorf("%s was changed: %s", name, out)
			}
			if out, err := sums(); err == nil && name != "manifest" {
				t.Errorf("%s was changed: %s", name, out)
			}
			writeFile(t, path, content)
		}
	}
}

// A dossier of the whole log, unpacked, is a log that tessera's fsck checks as it is. It ends with 0 whatever it finds, so its words are the verdict.
func TestWholeDossierIsALog(t *testing.T) {
	t.Parallel()
	file, key := exampleDossier(t, func(r *dossier.Record) { r.Whole = true })
	dir, public := t.TempDir(), filepath.Join(t.TempDir(), "log.vkey")
	unpack(t, dir, file)
	writeFile(t, public, []byte(key.Public()))
	fsck := program(t, "github.com/transparency-dev/tessera/cmd/fsck", "v1.0.4")
	said, err := exec.CommandContext(t.Context(), fsck, "--ui=false", "-N", "1024", "--public_key="+public, "--storage_url=file://"+dir).CombinedOutput()
	if err != nil || !strings.Contains(string(said), "Successfully fsck'd log with size 826") {
		t.Errorf("%v: %s", err, said)
	}
}
