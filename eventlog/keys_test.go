package eventlog_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
	"thidua/domain/signing"
)

// signedWith is a signature with the key of a name, and that key's fingerprint.
func signedWith(t testing.TB, name string) (text, id string) {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	text, err := signing.Sign(signing.Statement{Kind: signing.Pledge, Bytes: []byte("{}")}, ed25519.NewKeyFromSeed(seed[:]))
	if err != nil {
		t.Fatal(err)
	}
	return text, domain.KeysNamed(&domain.PledgeSigned{Signature: text})[0]
}

// A season is read with the keys that its signatures name, and with those that these name in turn, and with no others.
func TestSeasonHasItsKeys(t *testing.T) {
	l := open(t)
	signature, id := signedWith(t, "signer")
	_, before := signedWith(t, "before")
	_, foreign := signedWith(t, "foreign")
	for _, c := range []domain.Change{
		{Stream: domain.KeyStream(before), Event: &domain.KeyRegistered{Unit: "unit", Person: "p-1"}},
		{Stream: domain.KeyStream(foreign), Event: &domain.KeyRegistered{Unit: "unit", Person: "p-1"}},
		{Stream: domain.KeyStream(id), Event: &domain.KeyRegistered{Unit: "unit", Person: "p-1"}},
		{Stream: domain.KeyStream(id), Event: &domain.KeyConfirmed{Predecessor: before, Signature: "s", By: "p-1"}},
		{Stream: domain.PledgeStream(season, "unit"), Event: &domain.PledgeSigned{Signer: "p-1", Role: sealed("r"), Signature: signature}},
		{Stream: domain.KeyStream(before), Event: &domain.KeyRevoked{By: "p-1", Reason: sealed("r")}},
	} {
		mustAppend(t, l, domain.Append{Issue: issue("key"), Changes: []domain.Change{c}})
	}
	for upTo, want := range map[domain.Position][]domain.Position{0: {1, 3, 4, 5, 6}, 5: {1, 3, 4, 5}, 4: nil} {
		events, err := l.Season(t.Context(), season, upTo)
		if err != nil {
			t.Fatal(err)
		}
		var got []domain.Position
		for _, r := range events {
			got = append(got, r.Position)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("positions up to %d (-want +got):\n%s", upTo, diff)
		}
	}
}
