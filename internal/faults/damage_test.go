package faults_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
)

// settled is a log of several files that the read models have caught up with, and nobody works on.
func settled(t *testing.T, events domain.Position) (*bed, *sqlx.DB, domain.Position) {
	t.Helper()
	b := newBed(t)
	b.startPostgres(t)
	db := b.database(t)
	log := b.open(t, time.Now)
	projector := b.worker(t)
	l := write(t, 8, log)
	testenv.Eventually(t, "the log to grow", func() bool { return end(t, log) >= events })
	l.check(t, log)
	last := end(t, log)
	projected(t, db, last)
	kill(projector)
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	return b, db, last
}

// says runs a command of the program over the bed's servers and returns how it ended and what it said.
func (b *bed) says(t *testing.T, args ...string) (said string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), thidua, append(args, "--nats-url", "nats://"+b.natsAddr, "--database-url", b.dsn())...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// blocks are the log's files, in order.
func (b *bed) blocks(t *testing.T) []string {
	t.Helper()
	var all []string
	for n := 1; ; n++ {
		found, err := filepath.Glob(filepath.Join(b.store, "jetstream", "*", "streams", eventlog.StreamName, "msgs", fmt.Sprintf("%d.blk", n)))
		if err != nil {
			t.Fatal(err)
		}
		if len(found) == 0 {
			return all
		}
		all = append(all, found...)
	}
}

// spoil changes a file of the server as a disk might, and takes away what the server would compare it with.
func (b *bed) spoil(t *testing.T, block string, change func([]byte) []byte) {
	t.Helper()
	content, err := os.ReadFile(block)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(block, change(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(filepath.Dir(block), "index.db")); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
}

// flip changes one bit of an event in the middle of a file.
func flip(content []byte) []byte {
	mark := []byte(`"value":"17"`)
	content[bytes.LastIndex(content[:len(content)/2], mark)+len(mark)-2] ^= 1
	return content
}

// cutTo leaves only the beginning of a file.
func cutTo(part float64) func([]byte) []byte {
	return func(content []byte) []byte { return content[:int(part*float64(len(content)))] }
}

// A bit of the log's last or first file is flipped, or a file is cut off, and the server has to read them all again: no worker begins, nothing is
// recorded, and what is lost is named.
func TestRow19And20DamagedFiles(t *testing.T) {
	b, db, before := settled(t, 13_000) // more than one file: the server begins another every 8 MB
	whole := filepath.Join(t.TempDir(), "whole")
	b.killNATS(t)
	if err := os.CopyFS(whole, os.DirFS(b.store)); err != nil {
		t.Fatal(err)
	}
	first, last := b.blocks(t)[0], b.blocks(t)[len(b.blocks(t))-1]
	for _, damage := range []struct {
		name, file string
		change     func([]byte) []byte
		says       *regexp.Regexp
	}{
		{"a bit of the last file", last, flip, regexp.MustCompile(fmt.Sprintf("ends at [0-9]+; positions [0-9]+ to %d, which were read, are lost", before))},
		{"a bit of the first file", first, flip, regexp.MustCompile("holds [0-9]+ events|lost: [0-9]+")},
		{"the end of the last file", last, cutTo(0.99), regexp.MustCompile(fmt.Sprintf("ends at [0-9]+; positions [0-9]+ to %d, which were read, are lost", before))},
		{"half of the first file", first, cutTo(0.5), regexp.MustCompile("holds [0-9]+ events|lost: [0-9]+")},
	}[:rounds(2, 4)] {
		t.Run(damage.name, func(t *testing.T) {
			b.replace(t, whole)
			b.spoil(t, damage.file, damage.change)
			b.startNATS(t)
			defer b.killNATS(t)
			for _, args := range [][]string{{"work"}, {"import", filepath.Join("..", "..", "examples", "northern-border-2019")}, {"verify"}} {
				if said, err := b.says(t, args...); err == nil || !damage.says.MatchString(said) {
					t.Errorf("thidua %s ends with %v and says %q; want that it does nothing, and %q", args[0], err, said, damage.says)
				}
			}
			if at := position(t, db); at != before {
				t.Errorf("the audit trail has moved from position %d to %d", before, at)
			}
		})
	}
}

// replace puts a copy in the place of the server's files.
func (b *bed) replace(t *testing.T, store string) {
	t.Helper()
	if err := errors.Join(os.RemoveAll(b.store), os.CopyFS(b.store, os.DirFS(store))); err != nil {
		t.Fatal(err)
	}
}

// While everything runs, the server comes back with an older copy of its files: nothing is appended to it, and the worker does not go on with what
// comes under positions that it has read already.
func TestRow21OlderCopyWhileRunning(t *testing.T) {
	b := newBed(t)
	b.startPostgres(t)
	db := b.database(t)
	log := b.open(t, time.Now)
	b.worker(t)
	testenv.Eventually(t, "the worker to have everything", func() bool { return evenly(t, db, 1) })
	l := write(t, 2, log)
	l.awaitMore(t, 4)
	l.end()
	older := filepath.Join(t.TempDir(), "older")
	b.killNATS(t)
	if err := os.CopyFS(older, os.DirFS(b.store)); err != nil {
		t.Fatal(err)
	}
	b.startNATS(t)
	for range 4 {
		if err := l.one(t, log, 20*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	before := end(t, log)
	projected(t, db, before)
	b.killNATS(t)
	b.replace(t, older)
	b.startNATS(t)
	err := l.one(t, log, 20*time.Second)
	want := fmt.Sprintf("to %d are lost", before)
	if !errors.Is(err, domain.ErrCorrupt) || !strings.Contains(err.Error(), want) {
		t.Errorf("an append: %v; want one of kind %v that says %q", err, domain.ErrCorrupt, want)
	}
	if said, err := b.says(t, "work"); err == nil || !strings.Contains(said, "are lost") {
		t.Errorf("another worker ends with %v and says %q; want that it does not begin", err, said)
	}
	if at := position(t, db); at != before {
		t.Errorf("the audit trail has moved from position %d to %d", before, at)
	}
}
