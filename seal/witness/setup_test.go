package witness_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"thidua/internal/testenv"
	"thidua/seal"
	"thidua/seal/witness"
)

const origin = "thidua.example.vn/log"

// record is a sealed log with its key.
type record struct {
	key    seal.Key
	folder *seal.Folder
	path   string
	word   string // with which its events begin
}

func newRecord(t testing.TB, word string) *record {
	t.Helper()
	key, err := seal.NewKey(bytes.NewReader(make([]byte, 64)), origin)
	if err != nil {
		t.Fatal(err)
	}
	r := &record{key: key, path: t.TempDir(), word: word}
	if r.folder, err = seal.OpenFolder(r.path, seal.Checkpoint{Origin: origin, Root: seal.EmptyRoot()}); err != nil {
		t.Fatal(err)
	}
	return r
}

// at gives the checkpoint of a size, for which the log grows where it is smaller.
func (r *record) at(t testing.TB, size int64) (seal.Checkpoint, *seal.Tree) {
	t.Helper()
	var more [][]byte
	for has, _ := r.folder.Head(); has+int64(len(more)) < size; {
		more = append(more, fmt.Append(nil, r.word, has+int64(len(more))))
	}
	if err := r.folder.Append(more); err != nil {
		t.Fatal(err)
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

// policy asks for two of the witnesses, where there are two.
func (r *record) policy(t testing.TB, witnesses ...*testenv.Witness) *seal.Policy {
	t.Helper()
	var text, names strings.Builder
	fmt.Fprintf(&text, "log %s\n", r.key.Public())
	for i, w := range witnesses {
		fmt.Fprintf(&text, "witness w%d %s %s\n", i, w.Key, w.URL)
		fmt.Fprintf(&names, " w%d", i)
	}
	fmt.Fprintf(&text, "group g %d%s\nquorum g\n", min(2, len(witnesses)), names.String())
	policy, err := seal.ParsePolicy([]byte(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

// bed is a panel over a record, with a clock that stands still.
type bed struct {
	*record
	*witness.Panel
	checked  *seal.Policy
	opinions chan witness.Opinion
}

func (r *record) panel(t testing.TB, witnesses ...*testenv.Witness) *bed {
	t.Helper()
	b := &bed{record: r, checked: r.policy(t, witnesses...), opinions: make(chan witness.Opinion, 1000)}
	var err error
	b.Panel, err = witness.NewPanel(witness.Config{
		Policy: b.checked, Client: http.DefaultClient, Now: func() time.Time { return time.Unix(0, 0) }, Observe: func(o witness.Opinion) { b.opinions <- o },
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// ask lets the panel cosign the log at a size, and says what the policy finds of that.
func (b *bed) ask(t testing.TB, ctx context.Context, size int64, patient bool) (*seal.Attestation, int, error) {
	t.Helper()
	signed, tree := b.at(t, size)
	lines, missing, err := b.Cosign(ctx, signed, tree, patient)
	if err != nil {
		return nil, missing, err
	}
	attested, err := b.checked.Check(signed.With(lines).Note)
	if attested == nil {
		t.Fatal(err)
	}
	if b.Content(attested.Checkpoint) != (err == nil) {
		t.Errorf("content is %v where the policy says %v", b.Content(attested.Checkpoint), err)
	}
	return attested, missing, nil
}
