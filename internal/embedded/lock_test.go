package embedded_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/internal/embedded"
)

func TestLockNamesItsHolder(t *testing.T) {
	dir := t.TempDir()
	holder := embedded.Holder{PID: 4711, Command: "thidua up", Since: since}
	lock, err := embedded.Lock(dir, holder)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()

	_, err = embedded.Lock(dir, embedded.Holder{PID: 4712, Command: "thidua import", Since: since})
	var held *embedded.HeldError
	if !errors.As(err, &held) {
		t.Fatalf("the second lock gave %v, want a HeldError", err)
	}
	if diff := cmp.Diff(&embedded.HeldError{Dir: dir, Holder: holder}, held); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	if want := "process 4711 (thidua up) since 2019-11-01T08:00:00Z"; !strings.Contains(held.Error(), want) {
		t.Errorf("the error says %q, want it to say %q", held, want)
	}
}

func TestLockFileIsReadableByOthersThanThisProgram(t *testing.T) {
	dir := t.TempDir()
	lock, err := embedded.Lock(dir, embedded.Holder{PID: 4711, Command: "thidua up", Since: since})
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	got, err := os.ReadFile(filepath.Join(dir, "lock"))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"pid":4711,"command":"thidua up","since":"2019-11-01T08:00:00Z"}` + "\n"
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("lock file (-want +got):\n%s", diff)
	}
}

func TestLockIsFreeAfterClose(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		lock, err := embedded.Lock(dir, embedded.Holder{PID: 4711, Command: "thidua up", Since: since})
		if err != nil {
			t.Fatal(err)
		}
		if err := lock.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLockIsFreeAfterItsHolderIsKilled(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	o := startOwner(t, dir)

	_, err := embedded.Lock(dir, embedded.Holder{PID: os.Getpid(), Command: "thidua verify", Since: since})
	var held *embedded.HeldError
	if !errors.As(err, &held) {
		t.Fatalf("locking what another process holds gave %v, want a HeldError", err)
	}
	if diff := cmp.Diff(o.Holder, held.Holder); diff != "" {
		t.Errorf("holder (-want +got):\n%s", diff)
	}

	o.kill(t)
	if _, err := o.process.Wait(); err != nil {
		t.Fatal(err)
	}
	lock, err := embedded.Lock(dir, embedded.Holder{PID: os.Getpid(), Command: "thidua verify", Since: since})
	if err != nil {
		t.Fatalf("locking what a killed process held: %v", err)
	}
	if err := lock.Close(); err != nil {
		t.Error(err)
	}
}

func TestLockNeedsADirectory(t *testing.T) {
	_, err := embedded.Lock(filepath.Join(t.TempDir(), "missing"), embedded.Holder{})
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("locking a missing directory gave %v, want %v", err, os.ErrNotExist)
	}
}
