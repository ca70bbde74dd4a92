package dossier_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"thidua/bundle"
	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
	"thidua/seal"
	"thidua/seal/dossier"
)

const (
	season = "northern-border-2019"
	origin = "thidua.example.vn/log"
)

// logged is a log with the example season on it, sealed.
type logged struct {
	log    *eventlog.Log
	folder string
	key    seal.Key
	head   seal.Checkpoint
	events []domain.Recorded
}

// example takes the example season in and seals the log.
func example(t testing.TB) *logged {
	t.Helper()
	nc, err := testenv.NATS(t).Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	log, err := eventlog.Open(t.Context(), nc, eventlog.Config{Now: time.Now, Rand: rand.Reader, Origin: origin})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	})
	l := &logged{log: log, folder: t.TempDir()}
	l.imports(t, "../../examples/northern-border-2019")
	if l.key, err = seal.NewKey(rand.Reader, origin); err != nil {
		t.Fatal(err)
	}
	l.seal(t)
	return l
}

func (l *logged) imports(t testing.TB, path string) {
	t.Helper()
	b, err := bundle.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close() }()
	result, err := b.Import(t.Context(), l.log, bundle.Options{Now: time.Now, Actor: "system:import"})
	if err != nil || len(result.Errors) > 0 {
		t.Fatalf("import: %v, %v", err, result.Errors)
	}
}

// seal seals all that the log holds, in files of their own.
func (l *logged) seal(t testing.TB) {
	t.Helper()
	l.events, l.folder = nil, t.TempDir()
	var payloads [][]byte
	_, err := l.log.Check(t.Context(), func(r domain.Recorded) error {
		l.events, payloads = append(l.events, r), append(payloads, r.Payload)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	l.head = sealed(t, l.folder, l.key, payloads)
}

// sealed writes the files of a log and signs its head.
func sealed(t testing.TB, path string, key seal.Key, payloads [][]byte) seal.Checkpoint {
	t.Helper()
	folder, err := seal.OpenFolder(path, seal.Checkpoint{Origin: key.Origin(), Root: seal.EmptyRoot()})
	if err != nil {
		t.Fatal(err)
	}
	for batch := range slices.Chunk(payloads, seal.BatchLimit) {
		if err := folder.Append(batch); err != nil {
			t.Fatal(err)
		}
	}
	size, root := folder.Head()
	head, err := seal.Checkpoint{Origin: key.Origin(), Size: size, Root: root}.Sign(key)
	if err == nil {
		err = folder.Publish(head)
	}
	if err != nil {
		t.Fatal(err)
	}
	return head
}

// record collects the example season.
func (l *logged) record(t testing.TB, edit func(*dossier.Record)) dossier.Record {
	t.Helper()
	r := dossier.Record{Season: season, Checkpoint: l.head, Policy: "log " + l.key.Public() + "\nquorum none\n"}
	if edit != nil {
		edit(&r)
	}
	r, err := dossier.Collect(t.Context(), l.log, os.DirFS(l.folder), r)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// makes makes a dossier.
func (l *logged) makes(t testing.TB, r dossier.Record, key seal.Key) []byte {
	t.Helper()
	m, err := dossier.NewMaker(r, os.DirFS(l.folder))
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	_, err = m.Write(&file, dossier.Sources{
		Evidence: func(sha256 string) ([]byte, error) { return evidence(t.Context(), l.log, sha256) },
		Sign:     func(text string) ([]byte, error) { return seal.SignNote(text, key) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func evidence(ctx context.Context, log *eventlog.Log, sha256 string) ([]byte, error) {
	r, err := log.Evidence(ctx, sha256)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	return io.ReadAll(r)
}

// made is the example's dossier, and what it was made with.
type made struct {
	file []byte
	key  seal.Key
	head seal.Checkpoint
}

// theDossier makes the example's dossier.
func theDossier(t testing.TB) *made {
	t.Helper()
	l := example(t)
	return &made{file: l.makes(t, l.record(t, nil), l.key), key: l.key, head: l.head}
}

func verify(file []byte, key seal.Key, edit ...func(*dossier.Ask)) *dossier.Verdict {
	ask := dossier.Ask{Key: key.Public()}
	for _, e := range edit {
		e(&ask)
	}
	return dossier.Verify(bytes.NewReader(file), int64(len(file)), ask)
}

// failed is the step that failed and the file that it names.
func failed(v *dossier.Verdict) (step, file string) {
	last := v.Steps[len(v.Steps)-1]
	if last.OK {
		return "", ""
	}
	return last.Name, last.File
}

// zipped is one file of a zip.
type zipped struct {
	name    string
	content []byte
}

func unzip(t testing.TB, file []byte) (files []zipped) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, zipped{f.Name, content})
	}
	return files
}

// rezip writes a zip as any program would.
func rezip(t testing.TB, files []zipped, method uint16) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: method})
		if err == nil && !strings.HasSuffix(f.name, "/") { // a folder has none
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
