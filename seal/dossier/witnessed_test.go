package dossier_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"thidua/seal"
	"thidua/seal/dossier"
)

// witness cosigns checkpoints (C2SP tlog-cosignature, type 0x04).
type witness struct {
	name   string
	secret ed25519.PrivateKey
	public []byte // with its type before it
}

func newWitness(t testing.TB, name string) witness {
	t.Helper()
	public, secret, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return witness{name, secret, append([]byte{4}, public...)}
}

func (w witness) id() []byte {
	sum := sha256.Sum256(append([]byte(w.name+"\n"), w.public...))
	return sum[:4]
}

func (w witness) key() string {
	return fmt.Sprintf("%s+%x+%s", w.name, w.id(), base64.StdEncoding.EncodeToString(w.public))
}

// cosign adds the witness's signature as of a moment.
func (w witness) cosign(c seal.Checkpoint, at time.Time) seal.Checkpoint {
	stamp := binary.BigEndian.AppendUint64(nil, uint64(at.Unix()))
	sig := ed25519.Sign(w.secret, fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at.Unix(), c.Text()))
	line := fmt.Sprintf("— %s %s\n", w.name, base64.StdEncoding.EncodeToString(bytes.Join([][]byte{w.id(), stamp, sig}, nil)))
	return c.With([]byte(line))
}

// A reader's policy decides which witnesses are asked for; where he asks for their time, an old checkpoint is refused however well it was witnessed.
func TestWitnesses(t *testing.T) {
	t.Parallel()
	l := example(t)
	province, front := newWitness(t, "kiemtra.example.vn/w1"), newWitness(t, "mattran.example.vn/w2")
	at := time.Date(2019, 12, 10, 8, 0, 0, 0, time.UTC)
	makes := func(head seal.Checkpoint) []byte {
		return l.makes(t, l.record(t, func(r *dossier.Record) { r.Checkpoint = head }), l.key)
	}
	alone := makes(l.head)
	one := makes(province.cosign(l.head, at))
	both := makes(front.cosign(province.cosign(l.head, at), at.Add(time.Hour)))
	policy := "witness a " + province.key() + "\nwitness b " + front.key() + "\ngroup g 2 a b\nquorum g\n"
	either := "witness a " + province.key() + "\nwitness b " + front.key() + "\ngroup g any a b\nquorum g\n"
	for name, test := range map[string]struct {
		file   []byte
		policy string
		since  time.Time
		step   string
	}{
		"no policy":                              {alone, "", time.Time{}, ""},
		"no witness, two asked for":              {alone, policy, time.Time{}, dossier.StepCheckpoint},
		"one witness, two asked for":             {one, policy, time.Time{}, dossier.StepCheckpoint},
		"one witness, one asked for":             {one, either, time.Time{}, ""},
		"two witnesses":                          {both, policy, time.Time{}, ""},
		"two witnesses, both in time":            {both, policy, at, ""},
		"two witnesses, one of them in time":     {both, policy, at.Add(time.Minute), dossier.StepCheckpoint},
		"two witnesses, the one asked in time":   {both, either, at.Add(time.Minute), ""},
		"an old checkpoint":                      {both, either, at.Add(2 * time.Hour), dossier.StepCheckpoint},
		"a time without a policy":                {both, "", at, dossier.StepCheckpoint},
		"a time, and a policy without a witness": {both, "quorum none\n", at, dossier.StepCheckpoint},
		"a policy that is none":                  {both, "nonsense\n", time.Time{}, dossier.StepCheckpoint},
	} {
		v := verify(test.file, l.key, func(a *dossier.Ask) { a.Policy, a.WitnessedSince = test.policy, test.since })
		if step, _ := failed(v); step != test.step {
			t.Errorf("%s: it fails at %q, want %q: %+v", name, step, test.step, v.Steps[len(v.Steps)-1])
		}
	}
}
