package seal_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"thidua/domain"
	"thidua/internal/testenv"
	"thidua/seal"
)

const policyOrigin = "thidua.example.vn/log"

// logKey makes the key pair of a log, the same for the same seed.
func logKey(t testing.TB, name string, seed byte) (note.Signer, string) {
	t.Helper()
	private, public, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{seed}, 64)), name)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer, public
}

func signedBy(t testing.TB, text string, signers ...note.Signer) string {
	t.Helper()
	signed, err := note.Sign(&note.Note{Text: text}, signers...)
	if err != nil {
		t.Fatal(err)
	}
	return string(signed)
}

func headText(origin string, size int64) string {
	return fmt.Sprintf("%s\n%d\n%s\n", origin, size, tlog.RecordHash([]byte("root")))
}

// noted is the second n of the tests' time.
func noted(n int64) time.Time { return time.Unix(1_700_000_000+n, 0).UTC() }

// twoGroups is a policy that wants two of three witnesses and one of two others, and the witnesses by name.
func twoGroups(t *testing.T, log string) (*seal.Policy, map[string]*testenv.Witness) {
	t.Helper()
	w := map[string]*testenv.Witness{}
	var listed strings.Builder
	fmt.Fprintf(&listed, "# whom we ask\n\n log\t%s https://thidua.example.vn/log\n", log)
	for _, name := range []string{"x1", "x2", "x3", "y1", "y2"} {
		w[name] = testenv.NewCosigner("w.example/" + name)
		fmt.Fprintf(&listed, "witness %s %s\n", name, w[name].Key)
	}
	listed.WriteString("group X 2 x1 x2 x3\ngroup Y any y1 y2\ngroup both all X Y\nquorum both\n")
	policy, err := seal.ParsePolicy([]byte(listed.String()))
	if err != nil {
		t.Fatal(err)
	}
	return policy, w
}

func TestPolicyFindsWhenAQuorumHadCosigned(t *testing.T) {
	signer, log := logKey(t, policyOrigin, 1)
	policy, w := twoGroups(t, log)
	text := headText(policyOrigin, 257)
	for name, c := range map[string]struct {
		at         map[string]int64 // who cosigned, when
		by, latest int64
		few        bool
	}{
		"nobody":                           {few: true},
		"one group alone":                  {at: map[string]int64{"x1": 1, "x2": 2, "x3": 3}, few: true},
		"one of two and the other group":   {at: map[string]int64{"x1": 1, "y1": 2, "y2": 3}, few: true},
		"just enough":                      {at: map[string]int64{"x3": 9, "x1": 4, "y2": 5}, by: 9, latest: 4},
		"more than enough":                 {at: map[string]int64{"x1": 1, "x2": 2, "x3": 3, "y1": 10, "y2": 20}, by: 10, latest: 2},
		"the second group was much before": {at: map[string]int64{"x1": 50, "x2": 60, "x3": 70, "y1": 1}, by: 60, latest: 1},
	} {
		t.Run(name, func(t *testing.T) {
			checkpoint := signedBy(t, text, signer)
			for who, at := range c.at {
				checkpoint += w[who].Sign(text, noted(at).Unix())
			}
			got, err := policy.Check([]byte(checkpoint))
			if _, few := errors.AsType[*seal.QuorumError](err); few != c.few || (err != nil) != c.few {
				t.Fatalf("error %v", err)
			}
			want := &seal.Attestation{Checkpoint: seal.Checkpoint{
				Origin: policyOrigin, Size: 257, Root: tlog.RecordHash([]byte("root")), Note: []byte(checkpoint),
			}}
			for _, who := range []string{"x1", "x2", "x3", "y1", "y2"} {
				if at, ok := c.at[who]; ok {
					want.Cosignatures = append(want.Cosignatures, seal.Cosignature{Witness: who, Key: w[who].Key, At: noted(at)})
				}
			}
			if !c.few {
				want.By, want.Latest = noted(c.by), noted(c.latest)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPolicyRefusesWhatItsLogsDidNotSign(t *testing.T) {
	signer, log := logKey(t, policyOrigin, 1)
	next, nextLog := logKey(t, policyOrigin, 2)
	foreign, _ := logKey(t, policyOrigin, 3)
	other, otherLog := logKey(t, "other.example/log", 4)
	w := testenv.NewCosigner("w.example/1")
	stranger := testenv.NewCosigner("w.example/stranger")
	policy, err := seal.ParsePolicy(fmt.Appendf(nil, "log %s\nlog %s\nlog %s\nwitness w %s\nquorum w\n", log, nextLog, otherLog, w.Key))
	if err != nil {
		t.Fatal(err)
	}
	text := headText(policyOrigin, 5)
	good := signedBy(t, text, signer) + w.Sign(text, 1)
	for name, c := range map[string]struct {
		checkpoint string
		ok         bool
	}{
		"one log's key":                {good, true},
		"the other key of a rotation":  {signedBy(t, text, next) + w.Sign(text, 1), true},
		"both keys of a rotation":      {signedBy(t, text, signer, next) + w.Sign(text, 1), true},
		"a stranger cosigned as well":  {good + stranger.Sign(text, 1), true},
		"an ML-DSA line beside":        {good + "— w.example/1 " + strings.Repeat("AAAA", 811) + "\n", true},
		"only a stranger cosigned":     {signedBy(t, text, signer) + stranger.Sign(text, 1), false},
		"a foreign key of that name":   {signedBy(t, text, foreign) + w.Sign(text, 1), false},
		"a log of another origin":      {signedBy(t, text, other) + w.Sign(text, 1), false},
		"no log":                       {text + "\n" + w.Sign(text, 1), false},
		"another text was cosigned":    {signedBy(t, text, signer) + w.Sign(headText(policyOrigin, 6), 1), false},
		"a changed size":               {strings.Replace(good, "\n5\n", "\n6\n", 1), false},
		"carriage returns":             {strings.ReplaceAll(good, "\n", "\r\n"), false},
		"a size with a zero before it": {signedBy(t, strings.Replace(text, "\n5\n", "\n05\n", 1), signer), false},
		"a negative size":              {signedBy(t, strings.Replace(text, "\n5\n", "\n-5\n", 1), signer), false},
		"no root":                      {signedBy(t, policyOrigin+"\n5\n", signer), false},
		"nothing":                      {"", false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := policy.Check([]byte(c.checkpoint))
			if (err == nil) != c.ok {
				t.Errorf("accepted is %v, want %v: %v", err == nil, c.ok, err)
			}
		})
	}
}

func TestPolicyWithAKeyBroughtAlong(t *testing.T) {
	signer, log := logKey(t, policyOrigin, 1)
	_, nextLog := logKey(t, policyOrigin, 2)
	policy, err := seal.ParsePolicy([]byte("log " + nextLog + "\nquorum none\n"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(log)
	if err != nil {
		t.Fatal(err)
	}
	checkpoint := []byte(signedBy(t, headText(policyOrigin, 5), signer))
	if _, err := policy.Check(checkpoint); err == nil {
		t.Error("a key that the policy does not list was accepted")
	}
	got, err := policy.With(v).Check(checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	if !got.By.IsZero() || !policy.Witnessless() {
		t.Errorf("nobody cosigned, and it counts as witnessed by %v", got.By)
	}
}

func TestParsePolicyRefuses(t *testing.T) {
	_, log := logKey(t, policyOrigin, 1)
	_, renamed := logKey(t, "renamed.example/log", 1)
	a, b := testenv.NewCosigner("w.example/a"), testenv.NewCosigner("w.example/b")
	witnesses := fmt.Sprintf("witness a %s\nwitness b %s\n", a.Key, b.Key)
	mldsa := mldsaKey("w.example/pq")
	for name, c := range map[string]struct {
		text, want string
	}{
		"nothing":                      {"", "there is no quorum line"},
		"an unknown word":              {"cosigner a\nquorum none\n", "line 1: a line is: log KEY"},
		"a comment behind a line":      {"quorum none # nobody\n", "line 1: a line is"},
		"carriage returns":             {"quorum none\r\n", "control character 0x0D"},
		"two quorums":                  {"quorum none\nquorum none\n", "line 2: there is a quorum line already"},
		"an unknown quorum":            {witnesses + "quorum c\n", "line 3: c is on no line above"},
		"a quorum before its witness":  {"quorum a\n" + witnesses, "line 1: a is on no line above"},
		"an unknown member":            {witnesses + "group g 1 a c\nquorum g\n", "line 3: c is on no line above"},
		"a group of itself":            {witnesses + "group g 1 a g\nquorum g\n", "line 3: g is on no line above"},
		"a member of two groups":       {witnesses + "group g 1 a b\ngroup h 1 a g\nquorum h\n", "line 4: a is in a group already"},
		"a member twice":               {witnesses + "group g 2 a a\nquorum g\n", "line 3: a is in a group already"},
		"nobody as a member":           {witnesses + "group g 1 a none\nquorum g\n", "line 3: none is on no line above"},
		"a witness called none":        {"witness none " + a.Key + "\nquorum none\n", "line 1: the name none is taken"},
		"a name twice":                 {"witness a " + a.Key + "\nwitness a " + b.Key + "\nquorum a\n", "line 2: the name a is taken"},
		"a threshold of nobody":        {witnesses + "group g 0 a b\nquorum g\n", `line 3: the threshold "0"`},
		"a threshold too high":         {witnesses + "group g 3 a b\nquorum g\n", `line 3: the threshold "3"`},
		"a threshold with a sign":      {witnesses + "group g +1 a b\nquorum g\n", `line 3: the threshold "+1"`},
		"a group of nobody":            {witnesses + "group g any\nquorum g\n", "line 3: a line is"},
		"a witness twice":              {"witness a " + a.Key + "\nwitness b " + a.Key + "\nquorum a\n", "line 2: the key of w.example/a is on a line above"},
		"a log twice":                  {"log " + log + "\nlog " + renamed + "\nquorum none\n", "line 2: the key of renamed.example/log is on a line above"},
		"a log's key for a witness":    {"witness a " + log + "\nquorum a\n", "line 1: the key of a witness is"},
		"a witness's key for a log":    {"log " + a.Key + "\nquorum none\n", "line 1: the key of a log is"},
		"a mistyped key":               {"log " + strings.Replace(log, "AX", "AY", 1) + "x\nquorum none\n", "line 1: the key can't be read"},
		"a quorum of unverified kind":  {"witness pq " + mldsa + "\nquorum pq\n", "only with ML-DSA keys"},
		"too long":                     {strings.Repeat("#", 64<<10+1), "longer than 65536 bytes"},
		"more witnesses than are read": {manyWitnesses(49) + "quorum none\n", "line 49: there are more than 48 witnesses"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := seal.ParsePolicy([]byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) || !errors.Is(err, domain.ErrInvalid) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
	if _, err := seal.ParsePolicy([]byte(manyWitnesses(48) + "witnessless is no word\n")); err == nil {
		t.Error("an unknown word was read past")
	}
	if _, err := seal.ParsePolicy([]byte("witness pq " + mldsa + "\n" + witnesses + "group g 2 a b pq\nquorum g")); err != nil {
		t.Errorf("an ML-DSA key that the quorum can do without: %v", err)
	}
}

func manyWitnesses(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "witness w%d %s\n", i, testenv.NewCosigner(fmt.Sprint("w.example/", i)).Key)
	}
	return b.String()
}
