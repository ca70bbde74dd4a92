package outside_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"thidua/domain"
	"thidua/seal"
	"thidua/web"
)

// strangersToken lets the programs read the events.
const strangersToken = "a stranger's token"

// sealedLog is a log that is sealed size by size.
type sealedLog struct {
	dir    string
	key    seal.Key
	signer *seal.Signer
	folder *seal.Folder
}

func newSealedLog(t *testing.T, seed byte, sizes ...int64) *sealedLog {
	t.Helper()
	key, err := seal.NewKey(rand.NewChaCha8([32]byte{seed}), "thidua.example.vn/log")
	if err != nil {
		t.Fatal(err)
	}
	at := t.TempDir()
	l := &sealedLog{dir: filepath.Join(at, "log"), key: key}
	if l.signer, err = seal.NewSigner(filepath.Join(at, "head"), key); err != nil {
		t.Fatal(err)
	}
	if l.folder, err = seal.OpenFolder(l.dir, l.signer.Head()); err != nil {
		t.Fatal(err)
	}
	for _, size := range sizes {
		l.grow(t, size, event)
	}
	return l
}

func event(i int64) []byte {
	return fmt.Appendf(nil, `{"id":"event-%06d","data":{"value":"%06d"},"type":"vn.thidua.indicator.reported.v1"}`, i, i*7)
}

// grow seals up to a size.
func (l *sealedLog) grow(t *testing.T, size int64, event func(int64) []byte) {
	t.Helper()
	before := l.signer.Head().Size
	for from := before; from < size; from, _ = l.folder.Head() {
		var batch [][]byte
		for i := from; i < min(size, from+seal.BatchLimit); i++ {
			batch = append(batch, event(i))
		}
		if err := l.folder.Append(batch); err != nil {
			t.Fatal(err)
		}
	}
	proof, err := l.folder.Tree().Consistency(before)
	if err != nil {
		t.Fatal(err)
	}
	size, root := l.folder.Head()
	c, err := l.signer.Sign(size, root, proof)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.folder.Publish(c); err != nil {
		t.Fatal(err)
	}
}

// asOf copies the log into a folder as it was at a size: what somebody would have who had copied it then.
func (l *sealedLog) asOf(t *testing.T, size int64) string {
	t.Helper()
	dir, files := t.TempDir(), os.DirFS(l.dir)
	c, err := seal.CheckpointAt(files, size)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "checkpoint"), c.Note)
	tree := seal.NewTree(files, size)
	for tile := range seal.Tiles(size) {
		path := seal.Path(tile.L, tile.N, tile.W)
		if tile.L < 0 {
			path = seal.EntriesPath(tile.N, tile.W)
		}
		data, err := tree.Tile(tile)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o755); err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, path), data)
	}
	return dir
}

// verifier is a program that others wrote, or that shares no code with ours. It returns what it said, and whether it found the log to be right.
type verifier struct {
	name   string
	verify func(ctx context.Context, base, vkey string, c seal.Checkpoint) (said string, right bool)
}

func verifiers(t *testing.T) []verifier {
	t.Helper()
	fsck, torchwood := program(t, "github.com/transparency-dev/tessera/cmd/fsck", "v1.0.4"), filepath.Join(t.TempDir(), "torchwood")
	run(t, "torchwood", "go", "build", "-o", torchwood, ".")
	keys := t.TempDir()
	plain := func(name string, command ...string) verifier {
		return verifier{name, func(ctx context.Context, base, vkey string, c seal.Checkpoint) (string, bool) {
			said, err := speak(ctx, append(command, base, vkey)...)
			return said, err == nil && strings.Contains(said, fmt.Sprintf("verified %d events with root %s", c.Size, c.Root))
		}}
	}
	return []verifier{
		{"fsck", func(ctx context.Context, base, vkey string, c seal.Checkpoint) (string, bool) {
			file := filepath.Join(keys, strings.ReplaceAll(vkey[len(vkey)-12:], "/", "_"))
			write(t, file, vkey+"\n")
			if !strings.HasPrefix(base, "http") {
				base = "file://" + base
			}
			// It ends with 0 whatever it finds, and not at all where more tiles differ than it has workers: what counts is what it says.
			said, _ := speak(ctx, fsck, "--ui=false", "-N", "1024", "--bearer_token", strangersToken, "--public_key", file, "--storage_url", base)
			return said, strings.Contains(said, fmt.Sprintf("Successfully fsck'd log with size %d and root %s", c.Size, c.Root)) && ctx.Err() == nil
		}},
		plain("torchwood", torchwood),
		plain("verify.py", "python3", "verify.py"),
	}
}

// speak runs a program and returns what it says.
func speak(ctx context.Context, command ...string) (string, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env, cmd.WaitDelay = append(os.Environ(), "LOG_TOKEN="+strangersToken), time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// served is the address of a log over HTTP, ended by a slash.
func (l *sealedLog) served(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(web.Public(nil, web.Sealed{
		Files: os.DirFS(l.dir), Inspector: func(_ context.Context, token string) (string, error) {
			if token != strangersToken {
				return "", domain.ErrNotFound
			}
			return "a stranger", nil
		},
	}, web.Events{}, slog.New(slog.DiscardHandler)))
	t.Cleanup(server.Close)
	return server.URL + "/log/"
}

// Programs that share no code with the sealer verify the log at every size: from its files and over HTTP, when it had that size and afterwards.
func TestSealedLogByOthers(t *testing.T) {
	t.Parallel()
	others, l := verifiers(t), newSealedLog(t, 1)
	base, sizes := l.served(t), []int64{0, 1, 255, 256, 257, 1000, 70_000}
	check := func(base string, size int64) {
		t.Helper()
		c, err := seal.CheckpointAt(os.DirFS(l.dir), size)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		for _, v := range others {
			if said, right := v.verify(ctx, base, l.key.Public(), c); !right {
				t.Errorf("%s at %s, %d events: %s", v.name, base, size, said)
			}
		}
	}
	for _, size := range sizes {
		l.grow(t, size, event)
		check(l.dir, size)
		check(base, size)
	}
	for _, size := range sizes {
		check(l.asOf(t, size), size)
		check(fmt.Sprintf("%sasof/%d/", base, size), size)
	}
}
