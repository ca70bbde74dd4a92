package dossier_test

import (
	"archive/zip"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"thidua/seal"
	"thidua/seal/dossier"
)

// resigned writes the manifest anew for what the files are now, and signs it: what somebody with the log's key could do.
func resigned(t testing.TB, files []zipped, key seal.Key) []zipped {
	t.Helper()
	files = slices.Clone(files)
	slices.SortStableFunc(files[1:], func(a, b zipped) int { return strings.Compare(a.name, b.name) })
	var text strings.Builder
	for line := range strings.Lines(string(files[0].content)) {
		if strings.HasPrefix(line, "file ") || line == "\n" {
			break
		}
		text.WriteString(line)
	}
	for _, f := range files[1:] {
		fmt.Fprintf(&text, "file %d %x %s\n", len(f.content), sha256.Sum256(f.content), f.name)
	}
	signed, err := seal.SignNote(text.String(), key)
	if err != nil {
		t.Fatal(err)
	}
	files[0] = zipped{"manifest", signed}
	return files
}

// change is a random change of a dossier's files, described.
func change(t *rapid.T, files []zipped) ([]zipped, string) {
	files = slices.Clone(files)
	i := rapid.IntRange(0, len(files)-1).Draw(t, "file")
	f := &files[i]
	content := bytes.Clone(f.content)
	at := 0
	if len(content) > 0 {
		at = rapid.IntRange(0, len(content)-1).Draw(t, "at")
	}
	what := rapid.SampledFrom([]string{"flip", "cut", "insert", "double", "rename", "case", "swap", "drop", "path"}).Draw(t, "what")
	switch {
	case what == "rename" || len(content) == 0:
		f.name += rapid.StringMatching(`[a-z0-9./]{1,8}`).Draw(t, "suffix")
	case what == "path":
		f.name = rapid.SampledFrom([]string{"../", "/", "./", "a//", `..\`, "C:", "\u202e", "a/../"}).Draw(t, "prefix") + f.name
	case what == "case":
		f.name = strings.ToUpper(f.name)
	case what == "flip":
		content[at] ^= byte(1 + rapid.IntRange(0, 254).Draw(t, "bits"))
	case what == "cut":
		content = content[:at]
	case what == "insert":
		content = slices.Insert(content, at, rapid.SliceOfN(rapid.Byte(), 1, 40).Draw(t, "bytes")...)
	case what == "double":
		return append(files, *f), what + " " + f.name
	case what == "drop":
		return slices.Delete(files, i, i+1), what + " " + f.name
	case what == "swap":
		j := rapid.IntRange(0, len(files)-1).Draw(t, "with")
		if i != j && !bytes.Equal(files[i].content, files[j].content) {
			files[i].content, files[j].content = files[j].content, files[i].content
			return files, what + " " + f.name
		}
		content[at] ^= 1
	}
	f.content = content
	return files, what + " " + f.name
}

// None of any number of random changes passes, and none crashes.
func TestRandomChanges(t *testing.T) {
	t.Parallel()
	m := theDossier(t)
	files := unzip(t, m.file)
	rapid.Check(t, func(rt *rapid.T) {
		changed, what := change(rt, files)
		if v := verify(rezip(t, changed, zip.Store), m.key); v.OK() {
			rt.Fatalf("%s: it verifies", what)
		}
	})
}

// Neither does any byte of the zip itself, where it makes a difference at all.
func TestRandomBytes(t *testing.T) {
	t.Parallel()
	m := theDossier(t)
	want := unzip(t, m.file)
	rapid.Check(t, func(rt *rapid.T) {
		file := bytes.Clone(m.file)
		for range rapid.IntRange(1, 4).Draw(rt, "changes") {
			file[rapid.IntRange(0, len(file)-1).Draw(rt, "at")] ^= byte(1 + rapid.IntRange(0, 254).Draw(rt, "bits"))
		}
		if v := verify(file, m.key); v.OK() && !slices.EqualFunc(want, unzip(t, file), func(a, b zipped) bool { return a.name == b.name && bytes.Equal(a.content, b.content) }) {
			rt.Fatal("it verifies, and says something else")
		}
	})
}

// Who has the log's key can sign another manifest. Whatever follows from something else, or stands under another signature, is found all the same.
func TestRandomChangesWithTheKey(t *testing.T) {
	t.Parallel()
	m := theDossier(t)
	files := unzip(t, m.file)
	rapid.Check(t, func(rt *rapid.T) {
		changed, what := change(rt, files[1:])
		if strings.HasSuffix(what, "policy.txt") { // it is the sender's own word
			return
		}
		changed = resigned(t, append([]zipped{files[0]}, changed...), m.key)
		if v := verify(rezip(t, changed, zip.Store), m.key); v.OK() {
			rt.Fatalf("%s: it verifies", what)
		}
	})
}

// What a file can be called and what it can be is judged before anything is unpacked.
func TestHostileZips(t *testing.T) {
	t.Parallel()
	m := theDossier(t)
	files := unzip(t, m.file)
	for _, name := range []string{"../evil", "/etc/passwd", "a/../../b", "a//b", "a/", `a\b`, "C:/a", "manifest", "MANIFEST", "Checkpoint", "a\x00b", "tệp", " a", ".a", ""} {
		hostile := append(slices.Clone(files), zipped{name, nil})
		if step, _ := failed(verify(rezip(t, hostile, zip.Store), m.key)); step != dossier.StepZip {
			t.Errorf("with a file %q it fails at %q", name, step)
		}
	}
	for _, mode := range []fs.FileMode{fs.ModeSymlink | 0o777, fs.ModeDir | 0o755, fs.ModeNamedPipe, fs.ModeDevice} {
		if step, file := failed(verify(special(t, files, mode), m.key)); step != dossier.StepZip || file != "special" {
			t.Errorf("with a file of mode %v it fails at %q and names %q", mode, step, file)
		}
	}
	for name, file := range map[string][]byte{"nothing": nil, "no zip": []byte("x"), "half": m.file[:len(m.file)/2]} {
		if step, _ := failed(verify(file, m.key)); step != dossier.StepZip {
			t.Errorf("%s: it fails at %q", name, step)
		}
	}
}

// special adds a file that is no regular one.
func special(t testing.TB, files []zipped, mode fs.FileMode) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range append(slices.Clone(files), zipped{"special", []byte("manifest")}) {
		header := &zip.FileHeader{Name: f.name, Method: zip.Store}
		if f.name == "special" {
			header.SetMode(mode)
		}
		w, err := z.CreateHeader(header)
		if err == nil {
			_, err = w.Write(f.content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A file that unpacks to much more than it may is not unpacked.
func TestBombs(t *testing.T) {
	t.Parallel()
	m := theDossier(t)
	files := unzip(t, m.file)
	for _, name := range []string{"manifest", "events.jsonl", "report.vi.html"} {
		bomb := slices.Clone(files)
		i := slices.IndexFunc(files, func(f zipped) bool { return f.name == name })
		bomb[i].content = make([]byte, 64<<20)
		if step, file := failed(verify(rezip(t, bomb, zip.Deflate), m.key)); step != dossier.StepManifest || file != name {
			t.Errorf("a bomb in %s: the step %q fails and names %q", name, step, file)
		}
	}
}

// Events that somebody without the log's key drops, adds or swaps make another log, which no signature of the key is under.
func TestOtherEventsNeedTheKey(t *testing.T) {
	t.Parallel()
	l := example(t)
	for name, edit := range map[string]func([][]byte) [][]byte{
		"dropped": func(p [][]byte) [][]byte { return slices.Delete(p, 400, 401) },
		"added":   func(p [][]byte) [][]byte { return append(p, p[len(p)-1]) },
		"swapped": func(p [][]byte) [][]byte { p[400], p[401] = p[401], p[400]; return p },
	} {
		var payloads [][]byte
		for _, r := range l.events {
			payloads = append(payloads, r.Payload)
		}
		forger := *l
		var err error
		if forger.key, err = seal.NewKey(rand.Reader, origin); err != nil {
			t.Fatal(err)
		}
		forger.folder = t.TempDir()
		forger.head = sealed(t, forger.folder, forger.key, edit(payloads))
		r := l.record(t, nil)
		r.Checkpoint = forger.head
		file := forger.makes(t, r, forger.key)
		if step, _ := failed(verify(file, l.key)); step != dossier.StepManifest {
			t.Errorf("%s: it fails at %q", name, step)
		}
		// With the log's own key under the manifest the checkpoint gives it away.
		if step, _ := failed(verify(rezip(t, resigned(t, unzip(t, file), l.key), zip.Store), l.key)); step != dossier.StepCheckpoint {
			t.Errorf("%s, and the manifest signed: it fails at %q", name, step)
		}
	}
}
