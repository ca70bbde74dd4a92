package outside_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"thidua/bundle"
	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/page"
	"thidua/internal/testenv"
	"thidua/seal"
	"thidua/seal/dossier"
)

// exampleDossier takes the example season in, seals the log, and makes the season's dossier.
func exampleDossier(t *testing.T, edit func(*dossier.Record)) ([]byte, seal.Key) {
	t.Helper()
	const origin = "thidua.example.vn/log"
	nc, err := testenv.NATS(t).Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	log, err := eventlog.Open(t.Context(), nc, eventlog.Config{Now: time.Now, Rand: rand.Reader, Origin: origin})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	importExample(t, log)
	folder := t.TempDir()
	key, err := seal.NewKey(rand.Reader, origin)
	if err != nil {
		t.Fatal(err)
	}
	r := dossier.Record{Season: "northern-border-2019", Checkpoint: sealLog(t, log, folder, key), Policy: "log " + key.Public() + "\nquorum none\n"}
	if r.Page, err = page.HTML(); err != nil {
		t.Fatal("the page is not built: make page: ", err)
	}
	edit(&r)
	if r, err = dossier.Collect(t.Context(), log, os.DirFS(folder), r); err != nil {
		t.Fatal(err)
	}
	maker, err := dossier.NewMaker(r, os.DirFS(folder))
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	_, err = maker.Write(&file, dossier.Sources{
		Evidence: func(sha256 string) ([]byte, error) { return readEvidence(t.Context(), log, sha256) },
		Sign:     func(text string) ([]byte, error) { return seal.SignNote(text, key) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return file.Bytes(), key
}

func importExample(t *testing.T, log *eventlog.Log) {
	t.Helper()
	b, err := bundle.Open(t.Context(), "../../examples/northern-border-2019")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close() }()
	result, err := b.Import(t.Context(), log, bundle.Options{Now: time.Now, Actor: "system:import"})
	if err != nil || len(result.Errors) > 0 {
		t.Fatalf("import: %v, %v", err, result.Errors)
	}
}

// sealLog writes the files of the sealed log and signs its head.
func sealLog(t *testing.T, log *eventlog.Log, path string, key seal.Key) seal.Checkpoint {
	t.Helper()
	var payloads [][]byte
	_, err := log.Check(t.Context(), func(r domain.Recorded) error {
		payloads = append(payloads, r.Payload)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	folder, err := seal.OpenFolder(path, seal.Checkpoint{Origin: key.Origin(), Root: seal.EmptyRoot()})
	if err != nil {
		t.Fatal(err)
	}
	if err := folder.Append(payloads); err != nil {
		t.Fatal(err)
	}
	size, root := folder.Head()
	head, err := seal.Checkpoint{Origin: key.Origin(), Size: size, Root: root}.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	return head
}

func readEvidence(ctx context.Context, log *eventlog.Log, sha256 string) ([]byte, error) {
	r, err := log.Evidence(ctx, sha256)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	return io.ReadAll(r)
}

// filesOf gives the files of a zip, in their order.
func filesOf(t *testing.T, file []byte) (names []string, contents map[string][]byte) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	contents = map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if contents[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		names = append(names, f.Name)
	}
	return names, contents
}

// unpack writes a zip's files into a folder.
func unpack(t *testing.T, dir string, file []byte) {
	t.Helper()
	names, contents := filesOf(t, file)
	for _, name := range names {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		writeFile(t, path, contents[name])
	}
}

func writeFile(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}
