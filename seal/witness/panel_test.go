package witness_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
	"thidua/internal/testenv"
	"thidua/seal"
	"thidua/seal/witness"
)

func TestPanelAddsCosignaturesAsTheLogGrows(t *testing.T) {
	r := newRecord(t, "leaf")
	a, b := testenv.StartWitness(t, "w.example/a", r.key.Public()), testenv.StartWitness(t, "w.example/b", r.key.Public())
	panel := r.panel(t, a, b)
	for _, size := range []int64{0, 1, 2, 255, 256, 257, 257, 1000} {
		got, missing, err := panel.ask(t, t.Context(), size, false)
		if err != nil {
			t.Fatal(err)
		}
		if witnessed := !got.By.IsZero(); missing != 0 || witnessed != (size > 0) {
			t.Errorf("size %d: %d missing, %+v", size, missing, got)
		}
	}
	// A panel that has just started knows nothing of what the witnesses have seen.
	if got, missing, err := r.panel(t, b, a).ask(t, t.Context(), 1001, false); err != nil || missing != 0 || len(got.Cosignatures) != 2 {
		t.Errorf("after a restart: %+v, %d missing, %v", got, missing, err)
	}
}

func TestPanelAsksOnlyWhoIsMissing(t *testing.T) {
	r := newRecord(t, "leaf")
	a, b := testenv.StartWitness(t, "w.example/a", r.key.Public()), testenv.StartWitness(t, "w.example/b", r.key.Public())
	panel := r.panel(t, a, b)
	b.Break(status(http.StatusInternalServerError, ""))
	signed, tree := r.at(t, 300)
	lines, missing, err := panel.Cosign(t.Context(), signed, tree, false)
	if err != nil || missing != 1 || panel.Content(signed.With(lines)) {
		t.Fatalf("%q, %d missing, %v", lines, missing, err)
	}
	b.Break(nil)
	if more, missing, err := panel.Cosign(t.Context(), signed.With(lines), tree, false); err != nil || missing != 1 || len(more) != 0 {
		t.Errorf("one who has just failed was asked again: %q, %d missing, %v", more, missing, err)
	}
	more, missing, err := panel.Cosign(t.Context(), signed.With(lines), tree, true)
	if err != nil || missing != 0 || bytes.Count(more, []byte("— ")) != 1 || !panel.Content(signed.With(lines).With(more)) {
		t.Errorf("with patience: %q, %d missing, %v", more, missing, err)
	}
	if asked := len(panel.opinions); asked != 3 {
		t.Errorf("asked %d times", asked)
	}
}

func TestPanelRefusesARollback(t *testing.T) {
	r := newRecord(t, "leaf")
	w := testenv.StartWitness(t, "w.example/a", r.key.Public())
	panel := r.panel(t, w)
	if _, _, err := panel.ask(t, t.Context(), 1000, false); err != nil {
		t.Fatal(err)
	}
	_, _, err := r.panel(t, w).ask(t, t.Context(), 500, false)
	got, _ := errors.AsType[*witness.Alarm](err)
	if diff := cmp.Diff(&witness.Alarm{Witness: "w0", Size: 500, Seen: 1000}, got); diff != "" || !errors.Is(err, domain.ErrCorrupt) {
		t.Errorf("%s (%v)", diff, err)
	}
	// One who is late with a question, when a larger checkpoint was asked about already, is no rollback.
	if lateOne, missing, err := panel.ask(t, t.Context(), 500, true); err != nil || missing != 0 || len(lateOne.Cosignatures) != 0 {
		t.Errorf("a late question: %+v, %d missing, %v", lateOne, missing, err)
	}
}

// TestPanelRenews: a log that was put back to a checkpoint that has its cosignature is found by asking for that again.
func TestPanelRenews(t *testing.T) {
	r := newRecord(t, "leaf")
	w := testenv.StartWitness(t, "w.example/a", r.key.Public())
	panel := r.panel(t, w)
	signed, tree := r.at(t, 500)
	lines, _, err := panel.Cosign(t.Context(), signed, tree, false)
	if err != nil {
		t.Fatal(err)
	}
	signed = signed.With(lines)
	again, missing, err := panel.Renew(t.Context(), signed, tree)
	if err != nil || missing != 0 {
		t.Fatalf("%d missing, %v", missing, err)
	}
	renewed := signed.With(again)
	before, errBefore := panel.checked.Check(signed.Note)
	after, errAfter := panel.checked.Check(renewed.Note)
	if err := errors.Join(errBefore, errAfter); err != nil || len(renewed.Note) != len(signed.Note) || !after.By.After(before.By) {
		t.Errorf("renewed to %s from %s, %v", renewed.Note, signed.Note, err)
	}
	if _, _, err := panel.ask(t, t.Context(), 600, false); err != nil {
		t.Fatal(err)
	}
	_, _, err = r.panel(t, w).Renew(t.Context(), renewed, tree)
	got, _ := errors.AsType[*witness.Alarm](err)
	if diff := cmp.Diff(&witness.Alarm{Witness: "w0", Size: 500, Seen: 600}, got); diff != "" {
		t.Errorf("%s (%v)", diff, err)
	}
}

func TestPanelRefusesAFork(t *testing.T) {
	for _, size := range []int64{300, 301, 1000} {
		r, fork := newRecord(t, "leaf"), newRecord(t, "other")
		w := testenv.StartWitness(t, "w.example/a", r.key.Public())
		if _, _, err := r.panel(t, w).ask(t, t.Context(), 300, false); err != nil {
			t.Fatal(err)
		}
		_, _, err := fork.panel(t, w).ask(t, t.Context(), size, false)
		got, _ := errors.AsType[*witness.Alarm](err)
		if diff := cmp.Diff(&witness.Alarm{Witness: "w0", Size: size, Seen: 300, Fork: true}, got); diff != "" {
			t.Errorf("size %d: %s (%v)", size, diff, err)
		}
		if w.Size() != 300 {
			t.Errorf("the witness cosigned %d leaves", w.Size())
		}
	}
}

// TestPanelDoesNotCallDamageAFork: a proof from harmed tiles is not sent, since a witness would have to refuse it as one of another tree.
func TestPanelDoesNotCallDamageAFork(t *testing.T) {
	r := newRecord(t, "leaf")
	w := testenv.StartWitness(t, "w.example/a", r.key.Public())
	panel := r.panel(t, w)
	if _, _, err := panel.ask(t, t.Context(), 300, false); err != nil {
		t.Fatal(err)
	}
	signed, tree := r.at(t, 600)
	tile := filepath.Join(r.path, "tile", "0", "001")
	content, err := os.ReadFile(tile)
	if err != nil {
		t.Fatal(err)
	}
	content[44*32+1] ^= 1
	if err := os.WriteFile(tile, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if lines, missing, err := panel.Cosign(t.Context(), signed, tree, true); err != nil || missing != 1 || len(lines) > 0 {
		t.Errorf("%q, %d missing, %v", lines, missing, err)
	}
	<-panel.opinions
	if o := <-panel.opinions; o.Err == nil || !strings.Contains(o.Err.Error(), "does not hold") {
		t.Errorf("it says %v", o.Err)
	}
}

func TestPanelDoesWithoutWitnessesThatFail(t *testing.T) {
	for name, c := range failures() {
		t.Run(name, func(t *testing.T) {
			r := newRecord(t, "leaf")
			a, b, broken := testenv.StartWitness(t, "w.example/a", r.key.Public()), testenv.StartWitness(t, "w.example/b", r.key.Public()), testenv.StartWitness(t, "w.example/c", r.key.Public())
			broken.Break(c.answer)
			ctx := t.Context()
			if c.want == "deadline" {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, time.Second)
				defer cancel()
			}
			panel := r.panel(t, a, broken, b)
			got, missing, err := panel.ask(t, ctx, 10, false)
			if err != nil {
				t.Fatal(err)
			}
			if missing != 1 || len(got.Cosignatures) != 2 || got.By.IsZero() {
				t.Errorf("two of three make a quorum: %d missing, %+v", missing, got)
			}
			for range 3 {
				if o := <-panel.opinions; (o.Witness == "w1") != (o.Err != nil) || o.Err != nil && !strings.Contains(o.Err.Error(), c.want) {
					t.Errorf("%s: %v, want %q of the broken one", o.Witness, o.Err, c.want)
				}
			}
			broken.Break(nil)
			if got, missing, err := panel.ask(t, t.Context(), 20, true); err != nil || missing != 0 || len(got.Cosignatures) != 3 {
				t.Errorf("once it works again: %+v, %d missing, %v", got, missing, err)
			}
		})
	}
}

// badAnswer is how a witness can fail, and what is said of it.
type badAnswer struct {
	answer http.HandlerFunc
	want   string
}

func failures() map[string]badAnswer {
	stranger := testenv.NewCosigner("w.example/stranger")
	return map[string]badAnswer{
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
	}
}

// TestPanelFromAWitnessThatForgot: a witness that was restored from a backup is fed again from where it stands.
func TestPanelFromAWitnessThatForgot(t *testing.T) {
	r := newRecord(t, "leaf")
	w, forgetful := testenv.StartWitness(t, "w.example/a", r.key.Public()), testenv.StartWitness(t, "w.example/a", r.key.Public())
	panel := r.panel(t, w)
	if _, _, err := r.panel(t, forgetful).ask(t, t.Context(), 300, true); err != nil {
		t.Fatal(err)
	}
	if _, _, err := panel.ask(t, t.Context(), 600, true); err != nil {
		t.Fatal(err)
	}
	w.Break(forgetful.ServeHTTP)
	if got, missing, err := panel.ask(t, t.Context(), 900, true); err != nil || missing != 0 || got.By.IsZero() {
		t.Errorf("%+v, %d missing, %v", got, missing, err)
	}
	if forgetful.Size() != 900 {
		t.Errorf("it has %d leaves", forgetful.Size())
	}
}

func TestNewPanelNeedsTheAddressesOfAQuorum(t *testing.T) {
	r := newRecord(t, "leaf")
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
		policy, err := seal.ParsePolicy(fmt.Appendf(nil, "log "+r.key.Public()+"\n"+c.text, a.Key, b.Key))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := witness.NewPanel(witness.Config{Policy: policy, Client: http.DefaultClient, Now: time.Now}); (err == nil) != c.ok {
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
