package projections_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"thidua/domain"
	"thidua/domain/signing"
	"thidua/projections"
)

func keyOf(name string) (ed25519.PrivateKey, signing.PublicKey) {
	seed := sha256.Sum256([]byte(name))
	private := ed25519.NewKeyFromSeed(seed[:])
	public, err := signing.NewPublicKey(private.Public().(ed25519.PublicKey))
	if err != nil {
		panic(err)
	}
	return private, public
}

// envelopeOf is something signed with the key of a name.
func envelopeOf(name string) string {
	private, _ := keyOf(name)
	text, err := signing.Sign(signing.Statement{Kind: signing.Ranking, Bytes: []byte("{}")}, private)
	if err != nil {
		panic(err)
	}
	return text
}

// addKey registers the key of a name for a unit.
func (j *journal) addKey(name, unit string) {
	_, public := keyOf(name)
	j.add(domain.KeyStream(public.ID()), &domain.KeyRegistered{Key: public.String(), Unit: unit, Person: "p-1", NotBefore: j.at(0), NotAfter: j.at(1000)})
}

func TestKeys(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	_, first := keyOf("first")
	_, second := keyOf("second")
	_, third := keyOf("third")
	j.addKey("first", "son-la")
	registered, from := domain.Position(len(j.events)), j.at(0).String()
	j.addKey("second", "son-la")
	j.addKey("third", "lao-cai")
	j.addKey("third", "son-la") // the first one counts
	j.add(domain.KeyStream(first.ID()), &domain.KeyConfirmed{Minutes: j.say("BB 1"), By: "p-2", Evidence: []domain.Evidence{{SHA256: "scan"}}})
	j.add(domain.KeyStream(second.ID()), &domain.KeyConfirmed{Predecessor: first.ID(), Signature: "s", By: "p-2"})
	j.add(domain.KeyStream(first.ID()), &domain.KeyRevoked{From: j.at(2000), By: "p-2", Reason: j.say("mất")})
	j.add(domain.KeyStream(first.ID()), &domain.KeyRevoked{From: j.at(1000), By: "p-2", Reason: j.say("mất từ trước")})
	j.add(domain.SeasonStream("small-2019"), &domain.SignatureAdded{Position: 3, Signer: "p-1", Signature: envelopeOf("first")})
	j.add(domain.SeasonStream("small-2019"), &domain.SignatureAdded{Position: 3, Signer: "p-1", Evidence: []domain.Evidence{{SHA256: "p7s"}}})
	db, all := database(t, j)
	p := named(t, all, "keys")
	if err := projections.Project(t.Context(), db, p, p.New(), claim(t, db, p), j.events); err != nil {
		t.Fatal(err)
	}

	got, err := projections.Keys(t.Context(), db, "")
	if err != nil {
		t.Fatal(err)
	}
	to, revoked := j.at(1000).String(), j.at(1000).String()
	want := []projections.Key{
		{Fingerprint: first.ID(), Unit: "son-la", Person: "p-1", Public: first.String(), NotBefore: from, NotAfter: to, Confirmed: projections.ConfirmedByMinutes, RevokedFrom: &revoked, Position: registered},
		{Fingerprint: second.ID(), Unit: "son-la", Person: "p-1", Public: second.String(), NotBefore: from, NotAfter: to, Confirmed: projections.ConfirmedByKey, Position: registered + 1},
		{Fingerprint: third.ID(), Unit: "lao-cai", Person: "p-1", Public: third.String(), NotBefore: from, NotAfter: to, Position: registered + 2},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	if got, err = projections.Keys(t.Context(), db, "lao-cai"); err != nil || len(got) != 1 {
		t.Errorf("%d keys of lao-cai, %v", len(got), err)
	}
	signed(t, db, []string{"cms -", "dsse " + first.ID(), "paper -"})
}

// signed holds the last signatures, their forms for readers and the files that they name against what is wanted.
func signed(t *testing.T, db *sqlx.DB, want []string) {
	t.Helper()
	var forms []string
	if err := db.SelectContext(t.Context(), &forms, "SELECT form || ' ' || coalesce(fingerprint, '-') FROM read.signature_v1 ORDER BY position DESC LIMIT 3"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, forms); diff != "" {
		t.Errorf("signatures (-want +got):\n%s", diff)
	}
	own, err := projections.Forms(t.Context(), db, "small-2019", 0)
	if err != nil || len(own.Ranking) != 2 || len(own.Awards) != 0 {
		t.Errorf("forms %+v, %v", own, err)
	}
	named, err := projections.NamedEvidence(t.Context(), db)
	if err != nil || !named["scan"] || !named["p7s"] {
		t.Errorf("named files %v, %v", named, err)
	}
}
