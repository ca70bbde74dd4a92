package domain_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"

	"thidua/domain"
)

func TestCanonical(t *testing.T) {
	for _, tt := range []struct {
		value any
		want  string
	}{
		{map[string]any{"b": 1, "a": []any{true, nil, "x"}}, `{"a":[true,null,"x"],"b":1}`},
		{"<&>\u2028é", "\"<&>\u2028é\""},
		{"\"\\\b\f\n\r\t\x00\x1f\x7f", "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\""},
		{map[string]any{"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}, // RFC 8785, 3.2.3
			"{\"\\r\":2,\"1\":4,\"\u0080\":6,\"\u00f6\":7,\"\u20ac\":1,\"\U0001f600\":5,\"\ufb33\":3}"},
		{struct {
			B domain.Decimal `json:"b"`
			A domain.Whole   `json:"a,omitempty"`
		}{B: "1.50"}, `{"b":"1.50"}`},
	} {
		if got, err := domain.Canonical(tt.value); err != nil || string(got) != tt.want {
			t.Errorf("Canonical(%#v) = %s, %v; want %s", tt.value, got, err, tt.want)
		}
	}
	for _, bad := range []any{1.5, int64(1) << 53, json.Number("1e2"), make(chan int)} {
		if got, err := domain.Canonical(bad); err == nil {
			t.Errorf("Canonical(%v) = %s, want an error", bad, got)
		}
		if got := domain.Digest(bad); got != "" {
			t.Errorf("Digest(%v) = %s, want none", bad, got)
		}
	}
	if got, want := domain.Digest([]any{}), "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"; got != want { // sha256sum of "[]"
		t.Errorf("Digest of an empty list = %s, want %s", got, want)
	}
}

// anyTree is any tree of texts, whole numbers, truth values, lists and objects.
func anyTree(depth int) *rapid.Generator[any] {
	leaves := []*rapid.Generator[any]{
		rapid.Just[any](nil), rapid.Bool().AsAny(), rapid.String().AsAny(), rapid.Int64Range(-(1<<53 - 1), 1<<53-1).AsAny(),
	}
	if depth == 0 {
		return rapid.OneOf(leaves...)
	}
	below := anyTree(depth - 1)
	return rapid.OneOf(append(leaves, rapid.SliceOfN(below, 0, 4).AsAny(), rapid.MapOfN(rapid.String(), below, 0, 4).AsAny())...)
}

// Another implementation of RFC 8785 gives the same bytes.
func TestCanonicalAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree := anyTree(3).Draw(t, "tree")
		plain, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		want := jsontext.Value(plain)
		if err := want.Canonicalize(); err != nil {
			t.Fatal(err)
		}
		got, err := domain.Canonical(tree)
		if err != nil || string(got) != string(want) {
			t.Fatalf("%s is canonically %s, %v; want %s", plain, got, err, want)
		}
	})
}

// The digest does not hang on the order in which an object's members were written.
func TestDigestOfObjects(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-zA-Zđ]{1,3}`), 1, 6, rapid.ID).Draw(t, "names")
		digests := map[string]bool{}
		for _, order := range [][]string{names, rapid.Permutation(names).Draw(t, "order")} {
			object := "{"
			for i, name := range order {
				if i > 0 {
					object += ", "
				}
				object += fmt.Sprintf("%q: %d", name, len(name))
			}
			digests[domain.Digest(json.RawMessage(object+"}"))] = true
		}
		if len(digests) != 1 || digests[""] {
			t.Fatalf("digests %v", digests)
		}
	})
}
