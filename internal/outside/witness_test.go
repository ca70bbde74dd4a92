package outside_test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"thidua/seal"
	"thidua/seal/witness"
)

// Witnesses that others wrote, at the versions that were tried.
const (
	omniwitness  = "github.com/transparency-dev/witness/cmd/omniwitness"
	generateKeys = "github.com/transparency-dev/witness/cmd/generate_keys"
	omniVersion  = "v0.0.0-20260720115447-2e1c6971d19e"
	litewitness  = "filippo.io/torchwood/cmd/litewitness"
	liteVersion  = "v0.9.0"
)

const origin = "thidua.example.vn/log"

// stranger is a running witness as a policy lists it.
type stranger struct{ key, url string }

// startOmniwitness runs the witness of transparency.dev with an Ed25519 key and an ML-DSA key, both of which sign each checkpoint.
func startOmniwitness(t *testing.T, log string) stranger {
	dir, address, keys := t.TempDir(), freeAddress(t), program(t, generateKeys, omniVersion)
	run(t, dir, keys, "-origin", "kiemtra.example.vn/w1", "-out_priv", "w1.sec", "-out_pub", "w1.pub")
	run(t, dir, keys, "-mldsa", "-origin", "kiemtra.example.vn/w1", "-out_priv", "w2.sec", "-out_pub", "w2.pub")
	write(t, filepath.Join(dir, "logs.yaml"), fmt.Sprintf("Logs:\n  - Origin: %s\n    URL: http://127.0.0.1:1/\n    PublicKey: %s\n", origin, log))
	serve(t, dir, "tcp", address, program(t, omniwitness, omniVersion), "--listen="+address, "--metrics_listen=", "--db_file=witness.db",
		"--private_key_path=w1.sec", "--private_key_path=w2.sec", "--additional_logs=logs.yaml")
	key, err := os.ReadFile(filepath.Join(dir, "w1.pub"))
	if err != nil {
		t.Fatal(err)
	}
	return stranger{key: strings.TrimSpace(string(key)), url: "http://" + address}
}

// startLitewitness runs torchwood's witness. Its key is in an SSH agent; the log is put into its database, for which it has no command that can be built.
func startLitewitness(t *testing.T, log string) stranger {
	const name = "kiemtra.example.vn/lite"
	dir, address := t.TempDir(), freeAddress(t)
	run(t, dir, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "key")
	agent, err := os.MkdirTemp("", "a") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(agent) })
	socket := filepath.Join(agent, "s")
	serve(t, dir, "unix", socket, "ssh-agent", "-D", "-a", socket)
	run(t, dir, "env", "SSH_AUTH_SOCK="+socket, "ssh-add", "-q", "key")
	fingerprint := strings.Fields(run(t, dir, "ssh-keygen", "-l", "-f", "key.pub"))[1]
	serve(t, dir, "tcp", address, program(t, litewitness, liteVersion), "-db", "witness.db", "-name", name, "-key", fingerprint, "-ssh-agent", socket, "-listen", address)
	run(t, dir, "python3", "-c", `import sqlite3, sys
db = sqlite3.connect("witness.db", timeout=30)
db.execute("INSERT INTO log VALUES (?, 0, ?)", (sys.argv[1], sys.argv[3]))
db.execute("INSERT INTO key VALUES (?, ?)", (sys.argv[1], sys.argv[2]))
db.commit()`, origin, log, seal.EmptyRoot().String())
	public, err := os.ReadFile(filepath.Join(dir, "key.pub"))
	if err != nil {
		t.Fatal(err)
	}
	blob, err := base64.StdEncoding.DecodeString(strings.Fields(string(public))[1])
	if err != nil {
		t.Fatal(err)
	}
	key := append([]byte{0x04}, blob[len(blob)-32:]...)
	id := sha256.Sum256(append([]byte(name+"\n"), key...))
	return stranger{key: fmt.Sprintf("%s+%x+%s", name, id[:4], base64.StdEncoding.EncodeToString(key)), url: "http://" + address}
}

// record is a sealed log.
type record struct {
	key    seal.Key
	path   string
	folder *seal.Folder
	word   string
}

func newRecord(t *testing.T, key seal.Key, word string) *record {
	t.Helper()
	r := &record{key: key, path: t.TempDir(), word: word}
	var err error
	if r.folder, err = seal.OpenFolder(r.path, seal.Checkpoint{Origin: origin, Root: seal.EmptyRoot()}); err != nil {
		t.Fatal(err)
	}
	return r
}

// at gives the checkpoint of a size, up to which the log grows where it is smaller.
func (r *record) at(t *testing.T, size int64) (seal.Checkpoint, *seal.Tree) {
	t.Helper()
	for has, _ := r.folder.Head(); has < size; has, _ = r.folder.Head() {
		var more [][]byte
		for ; has < size && len(more) < seal.BatchLimit; has++ {
			more = append(more, fmt.Append(nil, r.word, has))
		}
		if err := r.folder.Append(more); err != nil {
			t.Fatal(err)
		}
	}
	tree := seal.NewTree(os.DirFS(r.path), size)
	root, err := tree.Root()
	if err != nil {
		t.Fatal(err)
	}
	signed, err := seal.Checkpoint{Origin: origin, Size: size, Root: root}.Sign(r.key)
	if err != nil {
		t.Fatal(err)
	}
	return signed, tree
}

// hearing asks a stranger's witness, and nobody else, to cosign.
type hearing struct {
	stranger
	policy *seal.Policy
	said   error // what went wrong with the witness the last time
}

// believing has the witness asked about the log of a key.
func (h *hearing) believing(t *testing.T, key string) {
	t.Helper()
	var err error
	if h.policy, err = seal.ParsePolicy(fmt.Appendf(nil, "log %s\nwitness w %s %s\nquorum w\n", key, h.key, h.url)); err != nil {
		t.Fatal(err)
	}
}

// panel begins to ask, with no memory of what the witness saw.
func (h *hearing) panel(t *testing.T) *witness.Panel {
	t.Helper()
	p, err := witness.NewPanel(witness.Config{
		Policy: h.policy, Client: http.DefaultClient, Now: time.Now, Observe: func(o witness.Opinion) { h.said = o.Err },
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// cosigned judges that the witness cosigns the record at a size, now.
func (h *hearing) cosigned(t *testing.T, p *witness.Panel, r *record, size int64) {
	t.Helper()
	began := time.Now().Add(-time.Second)
	c, tree := r.at(t, size)
	lines, missing, err := p.Cosign(t.Context(), c, tree, true)
	if err != nil || missing != 0 {
		t.Fatalf("size %d: %d missing, %v, %v", size, missing, err, h.said)
	}
	got, err := h.policy.Check(c.With(lines).Note)
	if err != nil || got.By.Before(began.Truncate(time.Second)) || got.By.After(time.Now()) {
		t.Errorf("size %d: %+v, %v", size, got, err)
	}
}

// refused judges that it does not, and why.
func (h *hearing) refused(t *testing.T, r *record, size int64, want *witness.Alarm) {
	t.Helper()
	c, tree := r.at(t, size)
	_, _, err := h.panel(t).Cosign(t.Context(), c, tree, true)
	got, _ := errors.AsType[*witness.Alarm](err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("size %d: %s (%v, %v)", size, diff, err, h.said)
	}
}

func TestStrangersWitness(t *testing.T) {
	for name, start := range map[string]func(*testing.T, string) stranger{"omniwitness": startOmniwitness, "litewitness": startLitewitness} {
		t.Run(name, func(t *testing.T) {
			key, foreign := newKey(t), newKey(t)
			h := &hearing{stranger: start(t, key.Public())}
			h.believing(t, key.Public())
			honest, p := newRecord(t, key, "leaf"), h.panel(t)
			for _, size := range []int64{1, 255, 256, 257, 257, 1000} {
				h.cosigned(t, p, honest, size)
			}
			h.cosigned(t, h.panel(t), honest, 70_000) // as after a restart
			h.refused(t, honest, 1000, &witness.Alarm{Witness: "w", Size: 1000, Seen: 70_000})
			fork := newRecord(t, key, "other")
			h.refused(t, fork, 70_000, &witness.Alarm{Witness: "w", Size: 70_000, Seen: 70_000, Fork: true})
			h.refused(t, fork, 70_500, &witness.Alarm{Witness: "w", Size: 70_500, Seen: 70_000, Fork: true})

			h.believing(t, foreign.Public())
			c, tree := newRecord(t, foreign, "leaf").at(t, 71_000)
			if _, missing, err := h.panel(t).Cosign(t.Context(), c, tree, true); err != nil || missing != 1 || h.said == nil {
				t.Errorf("a log of another key: %d missing, %v, it says %v", missing, err, h.said)
			}
		})
	}
}

func newKey(t *testing.T) seal.Key {
	t.Helper()
	key, err := seal.NewKey(rand.Reader, origin)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
