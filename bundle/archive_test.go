package bundle_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/bundle"
)

// zipOf writes a zip whose entries are those of the example, after some of its own.
func zipOf(t testing.TB, own func(*zip.Writer), edits ...edit) string {
	t.Helper()
	files := examplePapers(t)
	for _, edit := range edits {
		edit(t, files)
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "papers.zip"))
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(file)
	own(w)
	for name, text := range files {
		add(t, w, &zip.FileHeader{Name: name}, []byte(text))
	}
	if err := errors.Join(w.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
	return file.Name()
}

func add(t testing.TB, w *zip.Writer, header *zip.FileHeader, content []byte) {
	t.Helper()
	entry, err := w.CreateHeader(header)
	if err == nil {
		_, err = entry.Write(content)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestHostileZips(t *testing.T) {
	link := &zip.FileHeader{Name: "evidence/link"}
	link.SetMode(fs.ModeSymlink | 0o777)
	for _, c := range []struct {
		name    string
		entries []*zip.FileHeader
		want    []string
	}{
		{"a path upwards", []*zip.FileHeader{{Name: "../season.yaml"}}, []string{"../season.yaml:- zip"}},
		{"a path upwards inside", []*zip.FileHeader{{Name: "evidence/../../x"}}, []string{"evidence/../../x:- zip"}},
		{"an absolute path", []*zip.FileHeader{{Name: "/etc/passwd"}}, []string{"/etc/passwd:- zip"}},
		{"a backslash", []*zip.FileHeader{{Name: `..\x`}}, []string{`..\x:- zip`}},
		{"a link", []*zip.FileHeader{link}, []string{"evidence/link:- zip"}},
		{"a file twice", []*zip.FileHeader{{Name: "season.yaml"}}, []string{"season.yaml:- zip"}},
		{"a name twice but for its form", []*zip.FileHeader{{Name: "evidence/\u00e0.txt"}, {Name: "evidence/a\u0300.txt"}}, []string{"evidence/à.txt:- zip", "evidence/à.txt:- evidence-unnamed"}},
		{"a folder inside evidence", []*zip.FileHeader{{Name: "evidence/x/y.txt"}}, []string{"evidence/x/y.txt:- evidence-name"}},
		{"what machines leave behind", []*zip.FileHeader{{Name: "__MACOSX/evidence/._x"}, {Name: ".git/config"}, {Name: "evidence/"}, {Name: "evidence/Thumbs.db"}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := zipOf(t, func(w *zip.Writer) {
				for _, header := range c.entries {
					add(t, w, header, nil)
				}
			})
			got := places(open(t, path).Judge(now))
			if c.name == "a file twice" { // which of the two is read is not said
				got = got[:1]
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

func TestZipInOneFolder(t *testing.T) {
	files := papers{}
	for name, text := range examplePapers(t) {
		files["mùa 2019/"+name] = text
	}
	if got := places(open(t, packed(t, files)).Judge(now)); got != nil {
		t.Errorf("faults %q", got)
	}
	files["other/x"] = ""
	if got := places(open(t, packed(t, files)).Judge(now)); len(got) < 5 {
		t.Errorf("files in two folders: only the faults %q", got)
	}
}

func TestBombsAreAnsweredSoon(t *testing.T) {
	large := zipOf(t, func(w *zip.Writer) {
		add(t, w, &zip.FileHeader{Name: "evidence/zeros", Method: zip.Deflate}, make([]byte, 64<<20))
	}, appended("values.csv", "ha-giang,2019-Q4,C1,252,,2019-11-25T09:20:00+07:00,x,zeros,y,"))
	if got := places(open(t, large).Judge(now)); !cmp.Equal(got, []string{"evidence/zeros:- evidence-size"}) {
		t.Errorf("64 MiB of zeros: %q", got)
	}
	many := zipOf(t, func(w *zip.Writer) {
		for i := range 200 {
			lie := &zip.FileHeader{Name: fmt.Sprintf("evidence/%d", i), Method: zip.Store, UncompressedSize64: 20 << 20}
			if _, err := w.CreateRaw(lie); err != nil {
				t.Fatal(err)
			}
		}
	})
	if got := places(open(t, many).Judge(now)); !cmp.Equal(got, []string{":- zip"}) {
		t.Errorf("4 GiB by its own account: %q", got)
	}
	aliases := "a: &a [x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c < 'z'; c++ {
		before := string(c - 1)
		aliases += string(c) + ": &" + string(c) + " [" + strings.TrimSuffix(strings.Repeat("*"+before+", ", 9), ", ") + "]\n"
	}
	if got := open(t, edited(t, appended("season.yaml", aliases+"members: *y"))).Judge(now); len(got) == 0 {
		t.Error("no fault in a tree of aliases")
	}
	deep := strings.Repeat("[", 1<<20)
	if got := places(open(t, edited(t, appended("season.yaml", "x: "+deep))).Judge(now)); len(got) != 1 {
		t.Errorf("a list of depth 2²⁰: %q", got)
	}
	if got := places(open(t, edited(t, written("season.yaml", strings.Repeat("#", 4<<20+1)))).Judge(now)); !cmp.Equal(got, []string{"season.yaml:- file-size"}) {
		t.Errorf("season.yaml above 4 MiB: %q", got)
	}
}

func TestDamagedZip(t *testing.T) {
	text, err := os.ReadFile(zipOf(t, func(w *zip.Writer) {
		add(t, w, &zip.FileHeader{Name: "holds.csv", Method: zip.Store}, []byte("unit,from,to,reason,document\nCORRUPTED"))
	}))
	if err != nil {
		t.Fatal(err)
	}
	for name, damaged := range map[string][]byte{
		"a byte": bytes.Replace(text, []byte("CORRUPTED"), []byte("corrupted"), 1), "no zip": []byte("PK"), "cut": text[:len(text)/2],
	} {
		path := filepath.Join(t.TempDir(), "papers.zip")
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := places(open(t, path).Judge(now)); len(got) == 0 || !strings.HasSuffix(got[0], " zip") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestFolderWithALink(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "papers")
	if err := errors.Join(os.CopyFS(dir, os.DirFS(example)), os.Symlink("/etc/hostname", filepath.Join(dir, "evidence", "link"))); err != nil {
		t.Fatal(err)
	}
	if got := places(open(t, dir).Judge(now)); !cmp.Equal(got, []string{"evidence/link:- zip"}) {
		t.Errorf("faults %q", got)
	}
}

func TestOpenWithoutABundle(t *testing.T) {
	if _, err := bundle.Open(t.Context(), filepath.Join(t.TempDir(), "nothing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want %v", err, fs.ErrNotExist)
	}
}
