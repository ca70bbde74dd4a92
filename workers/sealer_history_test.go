package workers_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/embedded"
	"thidua/internal/testenv"
	"thidua/seal"
	"thidua/workers"
)

// A log of the same name with other events, or with fewer, is not sealed, and nothing more is appended to it. Nor is it where the files, which would show the
// difference, are gone.
func TestSealRefusesAnotherHistory(t *testing.T) {
	t.Parallel()
	b := newSealingBed(t)
	stop := b.start(t)
	b.sealed(t)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	published, err := os.ReadFile(filepath.Join(b.cfg.Folder, "checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	other, shorter := another(t, b.log.Origin()), another(t, b.log.Origin())
	other.take(t)
	for name, log := range map[string]*eventlog.Log{"other events": other.log, "no events": shorter.log} {
		b.cfg.Log = log
		if err := workers.Seal(t.Context(), b.cfg); !errors.Is(err, domain.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
		if log.Stopped() == nil {
			t.Errorf("%s: appends go on", name)
		}
	}
	if err := os.RemoveAll(filepath.Join(b.cfg.Folder, "tile")); err != nil {
		t.Fatal(err)
	}
	b.cfg.Log = other.log
	if err := workers.Seal(t.Context(), b.cfg); !errors.Is(err, domain.ErrCorrupt) {
		t.Errorf("without files: %v", err)
	}
	if now, err := os.ReadFile(filepath.Join(b.cfg.Folder, "checkpoint")); err != nil || !bytes.Equal(now, published) {
		t.Errorf("published is %q, %v", now, err)
	}
}

// another is an empty log of the same name.
func another(t *testing.T, origin string) *bed {
	t.Helper()
	nc, err := testenv.NATS(t).Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	log, err := eventlog.Open(t.Context(), nc, eventlog.Config{Now: now, Rand: rand.Reader, Origin: origin})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	return &bed{nc: nc, log: log, papers: "../examples/northern-border-2019"}
}

// A sealer that has lost its memory signs nothing over what was published.
func TestSealerWithoutMemory(t *testing.T) {
	t.Parallel()
	b := newSealingBed(t)
	stop := b.start(t)
	b.sealed(t)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(b.cfg.Head); err != nil {
		t.Fatal(err)
	}
	stop = b.start(t)
	if err := b.trouble(t); !errors.Is(err, domain.ErrInvalid) {
		t.Errorf("it says %v", err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

// An event that the server passes over is a hole. Nothing from it on is sealed.
func TestSealStopsAtAHole(t *testing.T) {
	t.Parallel()
	b, dir := newSealingBed(t), t.TempDir()
	server := serverIn(t, dir)
	own := logOn(t, server)
	own.take(t)
	if err := own.log.Close(); err != nil {
		t.Fatal(err)
	}
	server.Stop()
	flipByte(t, dir)
	b.cfg.Log = logOn(t, serverIn(t, dir)).log
	key, err := seal.NewKey(rand.Reader, b.cfg.Log.Origin())
	if err != nil {
		t.Fatal(err)
	}
	b.cfg.Keys = []seal.Key{key}
	if err := workers.Seal(t.Context(), b.cfg); !errors.Is(err, domain.ErrCorrupt) || !strings.Contains(err.Error(), "missing") {
		t.Errorf("it ends with %v", err)
	}
	if b.cfg.Log.Stopped() == nil {
		t.Error("appends go on")
	}
}

func serverIn(t *testing.T, dir string) *embedded.NATS {
	t.Helper()
	server, err := embedded.StartNATS(t.Context(), embedded.NATSConfig{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	return server
}

func logOn(t *testing.T, server *embedded.NATS) *bed {
	t.Helper()
	nc, err := server.Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	log, err := eventlog.Open(t.Context(), nc, eventlog.Config{Now: now, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	return &bed{nc: nc, log: log, papers: "../examples/northern-border-2019"}
}

// flipByte changes an event in the middle of the log's file.
func flipByte(t *testing.T, dir string) {
	t.Helper()
	var file string
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, filepath.Join(eventlog.StreamName, "msgs", "1.blk")) {
			file = path
		}
		return err
	})
	if err != nil || file == "" {
		t.Fatalf("the log's file: %v", err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	at := len(content)/2 + bytes.Index(content[len(content)/2:], []byte(`"specversion"`))
	content[at+2] ^= 1
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
