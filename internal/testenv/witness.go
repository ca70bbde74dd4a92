package testenv

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Witness is a witness of one log in this process (C2SP tlog-witness), with nothing of the code that it judges. Its clock is a number, which each
// cosignature moves on by one.
type Witness struct {
	// Key is its verifier key, of type 0x04; URL is where it takes checkpoints.
	Key, URL string

	name    string
	private ed25519.PrivateKey
	log     note.Verifier

	mu     sync.Mutex
	clock  int64
	tree   tlog.Tree
	broken http.HandlerFunc
}

// StartWitness starts a witness of the log whose verifier key is given. Its own key follows from its name.
func StartWitness(t testing.TB, name, log string) *Witness {
	t.Helper()
	w, err := NewWitness(name, log)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	w.URL = server.URL + "/prefix/"
	return w
}

// NewWitness is a witness that others serve, below the path that begins with /prefix/.
func NewWitness(name, log string) (*Witness, error) {
	verifier, err := note.NewVerifier(log)
	if err != nil {
		return nil, err
	}
	w := NewCosigner(name)
	w.log = verifier
	return w, nil
}

// NewCosigner is a witness that answers nobody, for what only needs cosignatures.
func NewCosigner(name string) *Witness {
	seed := sha256.Sum256([]byte("witness " + name))
	w := &Witness{name: name, private: ed25519.NewKeyFromSeed(seed[:]), clock: 1_700_000_000}
	public := append([]byte{0x04}, w.private.Public().(ed25519.PublicKey)...)
	w.Key = fmt.Sprintf("%s+%08x+%s", name, w.id(), base64.StdEncoding.EncodeToString(public))
	return w
}

func (w *Witness) id() uint32 {
	sum := sha256.Sum256(append([]byte(w.name+"\n\x04"), w.private.Public().(ed25519.PublicKey)...))
	return binary.BigEndian.Uint32(sum[:])
}

// Sign makes the cosignature line of a checkpoint's text at a time in seconds since the epoch.
func (w *Witness) Sign(text string, at int64) string {
	sig := binary.BigEndian.AppendUint32(nil, w.id())
	sig = binary.BigEndian.AppendUint64(sig, uint64(at))
	sig = append(sig, ed25519.Sign(w.private, fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at, text))...)
	return "— " + w.name + " " + base64.StdEncoding.EncodeToString(sig) + "\n"
}

// Break lets a handler answer instead, nil for the witness again.
func (w *Witness) Break(handler http.HandlerFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = handler
}

// Size is how much of the log it has cosigned.
func (w *Witness) Size() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.tree.N
}

func (w *Witness) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken != nil {
		w.broken(response, request)
		return
	}
	if request.Method != http.MethodPost || request.URL.Path != "/prefix/add-checkpoint" {
		http.NotFound(response, request)
		return
	}
	body, err := io.ReadAll(request.Body)
	if err != nil {
		http.Error(response, err.Error(), http.StatusBadRequest)
		return
	}
	w.judge(response, body)
}

// judge answers in the order of the specification.
func (w *Witness) judge(response http.ResponseWriter, body []byte) {
	header, checkpoint, _ := bytes.Cut(body, []byte("\n\n"))
	lines := strings.Split(string(header), "\n")
	old, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "old "), 10, 64)
	opened, errNote := note.Open(checkpoint, note.VerifierList(w.log))
	switch {
	case err != nil:
		http.Error(response, "no old size", http.StatusBadRequest)
		return
	case errNote != nil:
		http.Error(response, errNote.Error(), http.StatusForbidden)
		return
	}
	text := strings.Split(opened.Text, "\n")
	size, errSize := strconv.ParseInt(text[1], 10, 64)
	root, errRoot := tlog.ParseHash(text[2])
	switch {
	case errSize != nil || errRoot != nil || old > size:
		http.Error(response, "no checkpoint", http.StatusBadRequest)
	case old != w.tree.N:
		response.Header().Set("Content-Type", "text/x.tlog.size")
		response.WriteHeader(http.StatusConflict)
		_, _ = fmt.Fprintf(response, "%d\n", w.tree.N)
	case !w.continues(lines[1:], size, root):
		http.Error(response, "no proof", http.StatusUnprocessableEntity)
	default:
		w.tree = tlog.Tree{N: size, Hash: root}
		w.clock++
		_, _ = io.WriteString(response, w.Sign(opened.Text, w.clock))
	}
}

func (w *Witness) continues(lines []string, size int64, root tlog.Hash) bool {
	if w.tree.N == 0 {
		return len(lines) == 0
	}
	var proof tlog.TreeProof
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return false
		}
		proof = append(proof, hash)
	}
	return tlog.CheckTree(proof, size, root, w.tree.N, w.tree.Hash) == nil
}
