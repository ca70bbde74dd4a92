package seal_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"thidua/internal/testenv"
	"thidua/seal"
)

// mldsaKey is a verifier key of type 0x06, whose public key is as long as one of ML-DSA-44.
func mldsaKey(name string) string {
	key := append([]byte{0x06}, make([]byte, 1312)...)
	sum := sha256.Sum256(append([]byte(name+"\n"), key...))
	return fmt.Sprintf("%s+%x+%s", name, sum[:4], base64.StdEncoding.EncodeToString(key))
}

// counted is a group as a list of names, so that the test counts for itself.
type counted struct {
	name      string
	threshold int
	members   []string
}

// TestPolicyCountsLikeThePaper draws policies of nested groups and compares what they find with a count by hand: of all moments, the first by
// which the top group was content with those who had cosigned, and the last since which it still was.
func TestPolicyCountsLikeThePaper(t *testing.T) {
	signer, log := logKey(t, policyOrigin, 1)
	text := headText(policyOrigin, 9)
	plain := signedBy(t, text, signer)
	cosigners := map[string]*testenv.Witness{}
	for i := range 7 {
		name := fmt.Sprint("w", i)
		cosigners[name] = testenv.NewCosigner("w.example/" + name)
	}
	names := slices.Sorted(maps.Keys(cosigners))
	rapid.Check(t, func(t *rapid.T) {
		var policyText strings.Builder
		fmt.Fprintf(&policyText, "log %s\n", log)
		for _, name := range names {
			fmt.Fprintf(&policyText, "witness %s %s\n", name, cosigners[name].Key)
		}
		groups, top := drawGroups(t, names)
		for _, name := range slices.Sorted(maps.Keys(groups)) { // a group comes behind those that it names
			fmt.Fprintf(&policyText, "group %s %d %s\n", name, groups[name].threshold, strings.Join(groups[name].members, " "))
		}
		fmt.Fprintf(&policyText, "quorum %s\n", top)
		at := rapid.MapOf(rapid.SampledFrom(names), rapid.Int64Range(0, 9)).Draw(t, "at")
		checkpoint := plain
		for _, name := range slices.Sorted(maps.Keys(at)) {
			checkpoint += cosigners[name].Sign(text, noted(at[name]).Unix())
		}
		by, latest := byHand(groups, top, at)
		policy, err := seal.ParsePolicy([]byte(policyText.String()))
		if err != nil {
			t.Fatal(err)
		}
		got, err := policy.Check([]byte(checkpoint))
		if (err == nil) != (by >= 0) {
			t.Fatalf("%v, a count by hand says %d", err, by)
		}
		if by >= 0 && (!got.By.Equal(noted(by)) || !got.Latest.Equal(noted(latest))) {
			t.Fatalf("from %v to %v, a count by hand says %v to %v", got.By, got.Latest, noted(by), noted(latest))
		}
	})
}

// drawGroups draws groups of witnesses and of groups before them, and says which is the last.
func drawGroups(t *rapid.T, witnesses []string) (groups map[string]counted, top string) {
	free := slices.Clone(witnesses)
	groups = map[string]counted{}
	for i := range rapid.IntRange(1, 4).Draw(t, "groups") {
		free = rapid.Permutation(free).Draw(t, "order")
		top = fmt.Sprint("g", i)
		g := counted{name: top, members: slices.Clone(free[:rapid.IntRange(1, min(4, len(free))).Draw(t, "members")])}
		g.threshold = rapid.IntRange(1, len(g.members)).Draw(t, "threshold")
		groups[top] = g
		free = append(free[len(g.members):], top)
	}
	return groups, top
}

// byHand goes through all moments: it returns the first by which a group was content, and the last since which it was; -1 for none.
func byHand(groups map[string]counted, top string, at map[string]int64) (by, latest int64) {
	by, latest = -1, -1
	for moment := range int64(10) {
		if by < 0 && content(groups, top, func(w string) bool { m, ok := at[w]; return ok && m <= moment }) {
			by = moment
		}
		if content(groups, top, func(w string) bool { m, ok := at[w]; return ok && m >= moment }) {
			latest = moment
		}
	}
	return by, latest
}

func content(groups map[string]counted, name string, signed func(string) bool) bool {
	g, ok := groups[name]
	if !ok {
		return signed(name)
	}
	n := 0
	for _, m := range g.members {
		if content(groups, m, signed) {
			n++
		}
	}
	return n >= g.threshold
}

// FuzzParsePolicy: no text may crash the reader, and what it takes it can be asked.
func FuzzParsePolicy(f *testing.F) {
	signer, log := logKey(f, policyOrigin, 1)
	checkpoint := []byte(signedBy(f, headText(policyOrigin, 1), signer))
	w := testenv.NewCosigner("w.example/a")
	f.Add([]byte("log " + log + "\nwitness a " + w.Key + "\ngroup g 1 a\nquorum g\n"))
	f.Add([]byte("witness pq " + mldsaKey("w.example/pq") + "\nquorum none\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		policy, err := seal.ParsePolicy(text)
		if err != nil {
			return
		}
		if got, err := policy.Check(checkpoint); err == nil && !policy.Witnessless() && got.By.IsZero() {
			t.Error("a quorum that nobody made up")
		}
	})
}
