package bundle_test

import (
	"archive/zip"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"thidua/bundle"
)

const example = "../examples/northern-border-2019"

// now is a clock after everything in the example.
var now = time.Date(2020, 3, 1, 8, 0, 0, 0, time.UTC)

// papers are the files of a bundle by their names.
type papers map[string]string

// edit changes papers.
type edit = func(testing.TB, papers)

// readExample reads the example once.
var readExample = sync.OnceValues(func() (papers, error) {
	files := papers{}
	root := os.DirFS(example)
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(root, name)
		files[name] = string(text)
		return err
	})
	return files, err
})

// examplePapers returns the example's files, to be changed.
func examplePapers(t testing.TB) papers {
	t.Helper()
	files, err := readExample()
	if err != nil {
		t.Fatal(err)
	}
	return maps.Clone(files)
}

// edited returns the path of a zip of the example that the edits were made to.
func edited(t testing.TB, edits ...edit) string {
	t.Helper()
	files := examplePapers(t)
	for _, edit := range edits {
		edit(t, files)
	}
	return packed(t, files)
}

// packed writes papers as a zip.
func packed(t testing.TB, files papers) string {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "papers.zip"))
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(file)
	for name, text := range files {
		entry, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err == nil {
			_, err = io.WriteString(entry, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
	return file.Name()
}

// replace puts new in the place of old, which must be there once.
func replace(file, old, new string) edit {
	return rewrite(file, func(t testing.TB, text string) string {
		t.Helper()
		if n := strings.Count(text, old); n != 1 {
			t.Fatalf("%s has %q %d times, want once", file, old, n)
		}
		return strings.Replace(text, old, new, 1)
	})
}

// rewrite changes the whole text of a file.
func rewrite(file string, change func(testing.TB, string) string) edit {
	return func(t testing.TB, files papers) {
		t.Helper()
		files[file] = change(t, files[file])
	}
}

// written writes a file.
func written(file, text string) edit {
	return rewrite(file, func(testing.TB, string) string { return text })
}

// appended adds rows at the end of a file.
func appended(file string, rows ...string) edit {
	return rewrite(file, func(_ testing.TB, text string) string { return text + strings.Join(rows, "\n") + "\n" })
}

// removed takes a file away.
func removed(file string) edit {
	return func(_ testing.TB, files papers) { delete(files, file) }
}

// without takes away the one line that holds a text.
func without(file, part string) edit {
	return rewrite(file, func(t testing.TB, text string) string {
		t.Helper()
		var kept []string
		for line := range strings.Lines(text) {
			if !strings.Contains(line, part) {
				kept = append(kept, line)
			}
		}
		if found := strings.Count(text, "\n") - len(kept); found != 1 {
			t.Fatalf("%s has %d lines with %q, want one", file, found, part)
		}
		return strings.Join(kept, "")
	})
}

func open(t testing.TB, path string) *bundle.Bundle {
	t.Helper()
	b, err := bundle.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func TestExampleHasNoFaults(t *testing.T) {
	b := open(t, example)
	for _, f := range b.Judge(now) {
		t.Errorf("%+v", f)
	}
	if b.Season() != "northern-border-2019" {
		t.Errorf("season %q", b.Season())
	}
}
