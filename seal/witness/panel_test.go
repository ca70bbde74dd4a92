package witness_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"thidua/domain"
	"thidua/internal/testenv"
	"thidua/seal"
	"thidua/seal/witness"
)

const origin = "thidua.example.vn/log"

// record is a log in memory, with its key.
type record struct {
	hashes []tlog.Hash
	signer note.Signer
	key    string
}

func newRecord(t testing.TB) *record {
	t.Helper()
	private, public, err := note.GenerateKey(bytes.NewReader(make([]byte, 64)), origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	return &record{signer: signer, key: public}
}

func (r *record) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = r.hashes[x]
	}
	return out, nil
}

// grow adds leaves up to a size, whose texts begin with word, and gives the checkpoint.
func (r *record) grow(t testing.TB, size int64, word string) []byte {
	t.Helper()
	for i := int64(0); tlog.StoredHashCount(i) < tlog.StoredHashCount(size); i++ {
		if tlog.StoredHashCount(i) < int64(len(r.hashes)) {
			continue
		}
		more, err := tlog.StoredHashes(i, fmt.Append(nil, word, i), r)
		if err != nil {
			t.Fatal(err)
		}
		r.hashes = append(r.hashes, more...)
	}
	return r.checkpoint(t, size)
}

func (r *record) checkpoint(t testing.TB, size int64) []byte {
	t.Helper()
	root, err := tlog.TreeHash(size, r)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := note.Sign(&note.Note{Text: fmt.Sprintf("%s\n%d\n%s\n", origin, size, root)}, r.signer)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func (r *record) prove(size, old int64) (tlog.TreeProof, error) { return tlog.ProveTree(size, old, r) }

// panel is a panel of the witnesses, of which a quorum of two is asked for where there are two.
func (r *record) panel(t testing.TB, witnesses ...*testenv.Witness) *witness.Panel {
	t.Helper()
	var policy, names strings.Builder
	fmt.Fprintf(&policy, "log %s\n", r.key)
	for i, w := range witnesses {
		fmt.Fprintf(&policy, "witness w%d %s %s\n", i, w.Key, w.URL)
		fmt.Fprintf(&names, " w%d", i)
	}
	fmt.Fprintf(&policy, "group g %d%s\nquorum g\n", min(2, len(witnesses)), names.String())
	parsed, err := seal.ParsePolicy([]byte(policy.String()))
	if err != nil {
		t.Fatal(err)
	}
	p, err := witness.NewPanel(parsed, http.DefaultClient)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPanelAddsCosignaturesAsTheLogGrows(t *testing.T) {
	r := newRecord(t)
	a, b := testenv.StartWitness(t, "w.example/a", r.key), testenv.StartWitness(t, "w.example/b", r.key)
	panel := r.panel(t, a, b)
	for _, size := range []int64{1, 2, 255, 256, 257, 257, 1000} {
		got, err := panel.Cosign(t.Context(), r.grow(t, size, "leaf"), r.prove, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		if got.Attestation.By.IsZero() || got.Attestation.Size != size || len(got.Attestation.Cosignatures) != 2 {
			t.Errorf("size %d: %+v", size, got.Attestation)
		}
	}
	// A panel that has just started knows nothing of what the witnesses have seen, and the checkpoint carries their signatures already.
	got, err := panel.Cosign(t.Context(), r.grow(t, 1000, "leaf"), r.prove, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	again, err := r.panel(t, b, a).Cosign(t.Context(), got.Checkpoint, r.prove, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(again.Checkpoint, []byte("\n— ")); lines != 3 {
		t.Errorf("%d signatures, want the log's and one of each witness:\n%s", lines, again.Checkpoint)
	}
	if !again.Attestation.By.After(got.Attestation.By) {
		t.Errorf("the new cosignatures are of %v, the old ones of %v", again.Attestation.By, got.Attestation.By)
	}
}

func TestPanelRefusesARollback(t *testing.T) {
	r := newRecord(t)
	w := testenv.StartWitness(t, "w.example/a", r.key)
	panel := r.panel(t, w)
	if _, err := panel.Cosign(t.Context(), r.grow(t, 1000, "leaf"), r.prove, time.Now); err != nil {
		t.Fatal(err)
	}
	want := &witness.Alarm{Witness: "w0", Size: 500, Seen: 1000}
	for name, p := range map[string]*witness.Panel{"the same panel": panel, "after a restart": r.panel(t, w)} {
		_, err := p.Cosign(t.Context(), r.checkpoint(t, 500), r.prove, time.Now)
		got, _ := errors.AsType[*witness.Alarm](err)
		if diff := cmp.Diff(want, got); diff != "" || !errors.Is(err, domain.ErrCorrupt) {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestPanelRefusesAFork(t *testing.T) {
	for _, size := range []int64{300, 301, 1000} {
		r := newRecord(t)
		w := testenv.StartWitness(t, "w.example/a", r.key)
		if _, err := r.panel(t, w).Cosign(t.Context(), r.grow(t, 300, "leaf"), r.prove, time.Now); err != nil {
			t.Fatal(err)
		}
		fork := newRecord(t)
		_, err := fork.panel(t, w).Cosign(t.Context(), fork.grow(t, size, "other"), fork.prove, time.Now)
		got, _ := errors.AsType[*witness.Alarm](err)
		if diff := cmp.Diff(&witness.Alarm{Witness: "w0", Size: size, Seen: 300, Fork: true}, got); diff != "" {
			t.Errorf("size %d: %s (%v)", size, diff, err)
		}
		if w.Size() != 300 {
			t.Errorf("the witness cosigned %d leaves", w.Size())
		}
	}
}

func TestPanelDoesWithoutWitnessesThatFail(t *testing.T) {
	r := newRecord(t)
	stranger := testenv.NewCosigner("w.example/stranger")
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"unknown key":        {status(http.StatusForbidden, ""), "(403)"},
		"unknown log":        {status(http.StatusNotFound, ""), "(404)"},
		"it failed":          {status(http.StatusInternalServerError, ""), "status 500"},
		"busy":               {status(http.StatusTooManyRequests, ""), "status 429"},
		"it sends elsewhere": {status(http.StatusSeeOther, ""), "status 303"},
		"a size of no form":  {status(http.StatusConflict, "12"), "without saying its own"},
		"never content":      {conflict(3), "cosigned the log up to size 3"},
		"nothing":            {status(http.StatusOK, ""), "not its cosignature"},
		"another's":          {status(http.StatusOK, stranger.Sign("text", 1)), "not its cosignature"},
		"of another text": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, testenv.NewCosigner("w.example/c").Sign("text", 1))
		}, "not its cosignature"},
		"no end":             {status(http.StatusOK, strings.Repeat("— ", 1<<20)), "not its cosignature"},
		"an early refusal":   {status(http.StatusUnprocessableEntity, ""), "continues nothing"},
		"a broken line":      {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "EOF"},
		"an answer too late": {silence, "deadline"},
	} {
		t.Run(name, func(t *testing.T) {
			a, b, broken := testenv.StartWitness(t, "w.example/a", r.key), testenv.StartWitness(t, "w.example/b", r.key), testenv.StartWitness(t, "w.example/c", r.key)
			broken.Break(c.answer)
			ctx := t.Context()
			if c.want == "deadline" {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, time.Second)
				defer cancel()
			}
			panel := r.panel(t, a, broken, b)
			got, err := panel.Cosign(ctx, r.grow(t, 10, "leaf"), r.prove, time.Now)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Attestation.Cosignatures) != 2 || got.Attestation.By.IsZero() {
				t.Errorf("two of three make a quorum: %+v", got.Attestation)
			}
			if err := got.Opinions[1].Err; err == nil || !strings.Contains(err.Error(), c.want) || got.Opinions[1].Witness != "w1" {
				t.Errorf("the broken one: %v, want %q", err, c.want)
			}
			broken.Break(nil)
			if got, err := panel.Cosign(t.Context(), r.grow(t, 20, "leaf"), r.prove, time.Now); err != nil || len(got.Attestation.Cosignatures) != 3 {
				t.Errorf("once it works again: %+v, %v", got, err)
			}
		})
	}
}

// TestPanelFromAWitnessThatForgot: a witness that was restored from a backup is fed again from where it stands.
func TestPanelFromAWitnessThatForgot(t *testing.T) {
	r := newRecord(t)
	w, forgetful := testenv.StartWitness(t, "w.example/a", r.key), testenv.StartWitness(t, "w.example/a", r.key)
	panel := r.panel(t, w)
	r.grow(t, 900, "leaf")
	if _, err := r.panel(t, forgetful).Cosign(t.Context(), r.checkpoint(t, 300), r.prove, time.Now); err != nil {
		t.Fatal(err)
	}
	if _, err := panel.Cosign(t.Context(), r.checkpoint(t, 600), r.prove, time.Now); err != nil {
		t.Fatal(err)
	}
	w.Break(forgetful.ServeHTTP)
	if got, err := panel.Cosign(t.Context(), r.checkpoint(t, 900), r.prove, time.Now); err != nil || got.Attestation.By.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
	if forgetful.Size() != 900 {
		t.Errorf("it has %d leaves", forgetful.Size())
	}
}

func TestNewPanelNeedsTheAddressesOfAQuorum(t *testing.T) {
	r := newRecord(t)
	a, b := testenv.NewCosigner("w.example/a"), testenv.NewCosigner("w.example/b")
	for name, c := range map[string]struct {
		text string
		ok   bool
	}{
		"one of two, one asked for":  {"witness a %s https://a.example\nwitness b %s\ngroup g any a b\nquorum g\n", true},
		"one of two, both asked for": {"witness a %s https://a.example\nwitness b %s\ngroup g all a b\nquorum g\n", false},
		"an address of no form":      {"witness a %s a.example\nwitness b %s https://b.example\ngroup g any a b\nquorum g\n", false},
		"nobody asked for":           {"witness a %s\nwitness b %s\nquorum none\n", true},
	} {
		policy, err := seal.ParsePolicy(fmt.Appendf(nil, "log "+r.key+"\n"+c.text, a.Key, b.Key))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := witness.NewPanel(policy, http.DefaultClient); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func status(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

func conflict(size int64) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/x.tlog.size")
		w.WriteHeader(http.StatusConflict)
		_, _ = fmt.Fprintf(w, "%d\n", size)
	}
}

// silence reads what is asked and waits until the asker has gone.
func silence(_ http.ResponseWriter, request *http.Request) {
	_, _ = io.Copy(io.Discard, request.Body)
	<-request.Context().Done()
}
