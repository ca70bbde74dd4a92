package eventlog_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"thidua/domain"
	"thidua/internal/testenv"
)

func TestEvidence(t *testing.T) {
	l := open(t)
	file := bytes.Repeat([]byte("báo cáo "), 50_000)
	sum := digest(file)
	for range 2 { // the second time it is there
		if err := l.PutEvidence(t.Context(), sum, int64(len(file)), bytes.NewReader(file)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := read(l.Evidence(t.Context(), sum))
	if err != nil || !bytes.Equal(got, file) {
		t.Errorf("read %d bytes and %v, want the %d stored", len(got), err, len(file))
	}
	other := digest([]byte("x"))
	if _, err := l.Evidence(t.Context(), other); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("got %v, want an error of kind ErrNotFound", err)
	}
	for name, put := range map[string]error{
		"another digest": l.PutEvidence(t.Context(), other, int64(len(file)), bytes.NewReader(file)),
		"another size":   l.PutEvidence(t.Context(), other, 2, strings.NewReader("x")),
	} {
		if !errors.Is(put, domain.ErrInvalid) {
			t.Errorf("%s: got %v, want an error of kind ErrInvalid", name, put)
		}
	}
	if _, err := l.Evidence(t.Context(), other); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("what was refused is stored: %v", err)
	}
}

func TestEvidenceThatWasChanged(t *testing.T) {
	server := testenv.NATS(t)
	l := openOn(t, server)
	store, err := streams(t, connect(t, server)).ObjectStore(t.Context(), "EVIDENCE")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.PutString(t.Context(), digest([]byte("true")), "false"); err != nil {
		t.Fatal(err)
	}
	if _, err := read(l.Evidence(t.Context(), digest([]byte("true")))); !errors.Is(err, domain.ErrCorrupt) {
		t.Errorf("got %v, want an error of kind ErrCorrupt", err)
	}
}

func TestSweepEvidence(t *testing.T) {
	l := open(t)
	for _, text := range []string{"named", "orphan"} {
		if err := l.PutEvidence(t.Context(), digest([]byte(text)), int64(len(text)), strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	named := func(sum string) bool { return sum == digest([]byte("named")) }
	for _, step := range []struct {
		before time.Time
		want   int
	}{{time.Now().Add(-time.Hour), 0}, {time.Now().Add(time.Hour), 1}, {time.Now().Add(time.Hour), 0}} {
		if got, err := l.SweepEvidence(t.Context(), named, step.before); err != nil || got != step.want {
			t.Errorf("swept %d (%v), want %d", got, err, step.want)
		}
	}
	if _, err := read(l.Evidence(t.Context(), digest([]byte("named")))); err != nil {
		t.Errorf("the named file is gone: %v", err)
	}
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func read(r io.ReadCloser, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(r)
	return content, errors.Join(err, r.Close())
}
