package outside_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"thidua/seal"
)

// tampering is something that is done to a log's files by somebody without its key.
type tampering struct {
	what string
	do   func(t *testing.T, dir string)
	// finds tells who must find it, by the names of the verifiers; * is everybody, "" nobody.
	finds string
}

const (
	everybody  = "fsck, torchwood, verify.py"
	whoReadIt  = "fsck, torchwood"
	tamperedAt = 1000
)

func tamperings(old, other string) []tampering {
	return []tampering{
		{"nothing", func(*testing.T, string) {}, ""},
		{"one bit of an event is flipped", func(t *testing.T, dir string) {
			rewrite(t, dir, "tile/entries/001", func(b []byte) { b[5000] ^= 1 })
		}, everybody},
		{"two events are swapped", swapEvents, everybody},
		{"an event is replaced and every hash computed anew", func(t *testing.T, dir string) { replaceBut(t, dir, other, "checkpoint") }, everybody},
		{"the same, and signed with a key of the same name", func(t *testing.T, dir string) { replaceBut(t, dir, other, "") }, everybody},
		{"the last events are cut off, below the same checkpoint", func(t *testing.T, dir string) { replaceBut(t, dir, old, "checkpoint") }, everybody},
		{"the checkpoint says another number of events", func(t *testing.T, dir string) {
			rewrite(t, dir, "checkpoint", func(b []byte) { copy(b[bytes.IndexByte(b, '\n')+1:], "1001") })
		}, everybody},
		{"one bit of a tile of hashes is flipped", func(t *testing.T, dir string) {
			rewrite(t, dir, "tile/0/002", func(b []byte) { b[77] ^= 1 })
		}, whoReadIt},
		{"one bit of the topmost tile is flipped", func(t *testing.T, dir string) {
			rewrite(t, dir, "tile/1/000.p/3", func(b []byte) { b[0] ^= 1 })
		}, whoReadIt},
		{"a tile of hashes is removed", func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "tile/0/001")); err != nil {
				t.Fatal(err)
			}
		}, whoReadIt},
		{"the log is put back, whole, to an older checkpoint of its own", func(t *testing.T, dir string) { replaceBut(t, dir, old, "") }, ""},
	}
}

// rewrite changes a file.
func rewrite(t *testing.T, dir, name string, change func([]byte)) {
	t.Helper()
	path := filepath.Join(dir, name)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Clone(content)
	change(changed)
	if bytes.Equal(changed, content) {
		t.Fatalf("%s is what it was", name)
	}
	writeFile(t, path, changed)
}

// swapEvents exchanges two events that are of one length.
func swapEvents(t *testing.T, dir string) {
	t.Helper()
	rewrite(t, dir, "tile/entries/000", func(b []byte) {
		length := 2 + len(event(0))
		first := bytes.Clone(b[:length])
		copy(b[:length], b[length:2*length])
		copy(b[length:], first)
	})
}

// replaceBut puts the files of another log in the place of these, but for one.
func replaceBut(t *testing.T, dir, other, kept string) {
	t.Helper()
	note, err := os.ReadFile(filepath.Join(dir, kept))
	if kept != "" && err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, os.DirFS(other)); err != nil {
		t.Fatal(err)
	}
	if kept != "" {
		writeFile(t, filepath.Join(dir, kept), note)
	}
}

// What is done to a log without its key is found by programs that share no code with it. docs/tampering.md has the table that this test makes.
func TestTampering(t *testing.T) {
	t.Parallel()
	others, log := verifiers(t), newSealedLog(t, 1, 700, tamperedAt)
	forged := newSealedLog(t, 2)
	forged.grow(t, tamperedAt, func(i int64) []byte {
		if i == 345 {
			return bytes.ReplaceAll(event(i), []byte("002415"), []byte("009999"))
		}
		return event(i)
	})
	whole, old, other := log.asOf(t, tamperedAt), log.asOf(t, 700), forged.asOf(t, tamperedAt)
	var table strings.Builder
	table.WriteString("| what is done to the files |")
	for _, v := range others {
		fmt.Fprintf(&table, " %s |", v.name)
	}
	table.WriteString("\n| --- |" + strings.Repeat(" --- |", len(others)) + "\n")
	for _, done := range tamperings(old, other) {
		dir := filepath.Join(t.TempDir(), "log")
		if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
			t.Fatal(err)
		}
		done.do(t, dir)
		fmt.Fprintf(&table, "| %s |", done.what)
		for _, v := range others {
			found := !accepts(t, v, dir, log.key.Public())
			if want := strings.Contains(done.finds, v.name); found != want {
				t.Errorf("%s: that %s is found is %v, wanted %v", v.name, done.what, found, want)
			}
			fmt.Fprintf(&table, " %s |", map[bool]string{true: "rejects", false: "accepts"}[found])
		}
		table.WriteString("\n")
	}
	const page = "../../docs/tampering.md"
	if content, err := os.ReadFile(page); err != nil || !strings.Contains(string(content), table.String()) {
		t.Errorf("%s does not have this table (%v):\n%s", page, err, table.String())
	}
}

// accepts reports whether a verifier finds a folder to be a right log, of whatever size its checkpoint says. One that does not end does not accept.
func accepts(t *testing.T, v verifier, dir, vkey string) bool {
	t.Helper()
	c, err := seal.ReadCheckpoint(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	_, right := v.verify(ctx, dir, vkey, c)
	return right
}
