package domain_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
	"thidua/domain/signing"
)

// keyed is the season before its signatures, with a confirmed key of each member.
func keyed() story {
	s := given(draft())
	for _, unit := range []string{"alpha", "beta", "gamma"} {
		s = s.and(register(unit, ""), person(unit), targets(unit, "N", "10"), registerKey(unit), confirmKey(unit))
	}
	return s
}

func rulesetDigest() string {
	d := draft()
	return domain.Ruleset{Rules: d.Draft.Rules, Criteria: d.Criteria}.Digest()
}

// pledged is what the leader of a unit signs.
func pledged(unit string) signing.Statement {
	return domain.PledgeStatement(season, unit, []domain.Target{{Criterion: "N", Target: "10"}}, rulesetDigest())
}

// signWith signs a unit's pledge with a signature, and names the key of a name.
func signWith(unit, signature, key string, edits ...func(*domain.SignPledge)) domain.SignPledge {
	c := sign(unit, signedAt)
	c.Signature, c.Chain = signature, []string{public(key).ID()}
	return edited(c, edits)
}

func TestStatements(t *testing.T) {
	want := `{"ruleset_sha256":"` + rulesetDigest() + `","season":"north-2019","targets_sha256":"` +
		domain.Digest([]domain.Target{{Criterion: "N", Target: "10"}}) + `","type":"application/vnd.thidua.pledge+json","unit":"alpha"}`
	if got := string(pledged("alpha").Bytes); got != want {
		t.Errorf("statement of a pledge:\n got %s\nwant %s", got, want)
	}
	w := final().and(grant("merit", "beta")).world(t)
	for position, want := range map[domain.Position]string{
		12: `{"ruleset_sha256":"` + w.Season.RulesetSHA256 + `","season":"north-2019","targets_sha256":"` + w.Pledge("alpha").Signatures[0].TargetsSHA256 +
			`","type":"application/vnd.thidua.pledge+json","unit":"alpha"}`,
		w.Season.FinalAt: `{"position":28,"result_sha256":"` + w.Season.Final.ResultSHA256 + `","ruleset_sha256":"` + w.Season.RulesetSHA256 +
			`","season":"north-2019","seasonversion":25,"t":"` + finalisedAt + `","type":"application/vnd.thidua.ranking+json"}`,
		w.Awards.Grants[0].Position: `{"award":"merit","decided_at":"` + decidedAt + `","decision_number":"12/QĐ","result_sha256":"` + w.Season.Final.ResultSHA256 +
			`","season":"north-2019","signer":"p-chair","type":"application/vnd.thidua.award+json","unit":"beta"}`,
	} {
		s, found := w.Statement(position)
		if diff := cmp.Diff(want, string(s.Bytes)); !found || diff != "" {
			t.Errorf("statement of position %d (-want +got):\n%s", position, diff)
		}
	}
	if _, found := w.Statement(1); found {
		t.Error("the first event is nothing to sign")
	}
}

func TestSignedPledge(t *testing.T) {
	signature := envelope(pledged("alpha"), "alpha")
	want := domain.PledgeSigned{
		Signer: "p-alpha", Role: text("Chủ tịch"), Signature: signature,
		RulesetSHA256: rulesetDigest(), TargetsSHA256: domain.Digest([]domain.Target{{Criterion: "N", Target: "10"}}),
	}
	keyed().when(signWith("alpha", signature, "alpha")).then(t, &want)
}

// What is no signature of the unit's leader over the pledge on the record is refused at intake.
func TestSignedPledgeRefused(t *testing.T) {
	right := envelope(pledged("alpha"), "alpha")
	at := func(moment string) func(*domain.SignPledge) {
		return func(c *domain.SignPledge) { c.At = instant(moment) }
	}
	forged := func(name string) string { // by somebody who gives it out for alpha's
		text, _ := signing.Sign(pledged("alpha"), private(name))
		return replaceOnce(text, public(name).ID(), public("alpha").ID())
	}
	keyed().tries(t, []trial{
		{"no signature at all", signWith("alpha", "ok", "alpha"), "signature-form signature"},
		{"nothing", signWith("alpha", "", "alpha"), "signature-form signature"},
		{"forged", signWith("alpha", forged("thief"), "alpha"), "signature-wrong signature"},
		{"of another pledge", signWith("alpha", envelope(pledged("beta"), "alpha"), "alpha"), "signature-wrong signature"},
		{"of other targets", signWith("alpha", envelope(domain.PledgeStatement(season, "alpha", nil, rulesetDigest()), "alpha"), "alpha"), "signature-wrong signature"},
		{"of another season", signWith("alpha", envelope(domain.PledgeStatement("south", "alpha", []domain.Target{{Criterion: "N", Target: "10"}}, rulesetDigest()), "alpha"), "alpha"), "signature-wrong signature"},
		{"of another kind", signWith("alpha", envelope(signing.Statement{Kind: signing.Ranking, Bytes: pledged("alpha").Bytes}, "alpha"), "alpha"), "signature-wrong signature"},
		{"of a key that nobody registered", signWith("alpha", envelope(pledged("alpha"), "thief"), "thief"), "key-unknown signature"},
		{"of another unit's key", signWith("alpha", envelope(pledged("alpha"), "beta"), "beta", func(c *domain.SignPledge) { c.Signer = "p-beta" }), "key-holder signature"},
		{"of another person", signWith("alpha", right, "alpha", func(c *domain.SignPledge) { c.Signer = "p-beta" }), "key-holder signer"},
		{"before the key is valid", signWith("alpha", right, "alpha", at("2018-11-30T23:59:59+07:00")), "key-expired signature"},
	})
	keyed().and(revokeKey("alpha", "2018-12-10T00:00:00+07:00")).when(signWith("alpha", right, "alpha")).thenProblems(t, "key-revoked signature")
	// A stolen key signs whatever moment its thief likes: what is taken in behind the revocation does not count.
	keyed().and(revokeKey("alpha", "2019-12-31T00:00:00+07:00")).when(signWith("alpha", right, "alpha")).thenProblems(t, "key-revoked signature")
	keyed().by("2024-01-01T00:00:00+07:00").when(signWith("alpha", right, "alpha")).thenProblems(t, "key-expired signature")
	given(draft(), register("alpha", ""), person("alpha"), targets("alpha", "N", "10"), registerKey("alpha")).
		when(signWith("alpha", right, "alpha")).thenProblems(t, "key-unconfirmed signature")
}

func replaceOnce(text, old, with string) string {
	for i := range text {
		if len(text)-i >= len(old) && text[i:i+len(old)] == old {
			return text[:i] + with + text[i+len(old):]
		}
	}
	return text
}

// decided is the finalised season with a decision, and a key of alpha and of the unit above.
func decided() (story, func(*testing.T, string) (signing.Statement, domain.Position)) {
	s := final().and(grant("merit", "beta", func(c *domain.GrantAward) { c.Signer = "p-alpha" }))
	for _, unit := range []string{"alpha", "gamma"} {
		s = s.and(person(unit), registerKey(unit), confirmKey(unit))
	}
	s = s.and(register("delta", ""), person("delta"), registerKey("delta"), confirmKey("delta"))
	return s, func(t *testing.T, of string) (signing.Statement, domain.Position) {
		w := s.world(t)
		position := w.Season.FinalAt
		if of == "award" {
			position = w.Awards.Grants[0].Position
		}
		statement, _ := w.Statement(position)
		return statement, position
	}
}

// add signs what stands at a position, with the key of a unit.
func add(position domain.Position, s signing.Statement, unit string, edits ...func(*domain.AddSignature)) domain.AddSignature {
	return edited(domain.AddSignature{Season: season, At: instant(decidedAt), Chain: []string{public(unit).ID()}, SignatureAdded: domain.SignatureAdded{
		Position: position, Signer: "p-" + unit, Role: text("Chủ tịch"), Signature: envelope(s, unit),
	}}, edits)
}

func TestSignedDecisions(t *testing.T) {
	s, of := decided()
	ranking, final := of(t, "ranking")
	award, granted := of(t, "award")
	s.when(add(final, ranking, "gamma")).then(t, &domain.SignatureAdded{
		Position: final, StatementSHA256: ranking.SHA256(), Signer: "p-gamma", Role: text("Chủ tịch"), Signature: envelope(ranking, "gamma"),
	})
	file := func(c *domain.AddSignature) {
		c.Evidence = []domain.Evidence{{SHA256: domain.Digest("p7s"), Size: 1700, MediaType: "application/pkcs7-signature"}}
	}
	only := func(c *domain.AddSignature) { file(c); c.Signature = "" }
	s.and(add(final, ranking, "alpha")).tries(t, []trial{
		{"another signs the ranking too", add(final, ranking, "gamma"), accepted},
		{"and the decision", add(granted, award, "alpha"), accepted},
		{"a file beside it", add(final, ranking, "alpha", only), accepted},
		{"a file beside a pledge", add(12, ranking, "alpha", only), accepted},
		{"twice", add(final, ranking, "alpha"), "duplicate signer"},
		{"nothing is there", add(1, ranking, "gamma"), "known position"},
		{"another thing", add(granted, ranking, "alpha"), "signature-wrong signature"},
		{"not the decision's signer", add(granted, award, "gamma"), "key-holder signer"},
		{"no member and none above one", add(final, ranking, "delta"), "key-holder signature"},
		{"both", add(final, ranking, "gamma", file), "signature-form signature"},
		{"neither", add(final, ranking, "gamma", func(c *domain.AddSignature) { c.Signature = "" }), "signature-form signature"},
		{"another unit's pledge", add(13, ranking, "alpha"), "signature-wrong signature"},
		{"in the future", add(final, ranking, "gamma", func(c *domain.AddSignature) { c.At = instant("2020-02-01T00:00:00+07:00") }), "future signed_at"},
	})
	w := s.world(t)
	beta, _ := w.Statement(13) // beta's pledge
	s.when(add(13, beta, "alpha")).thenProblems(t, "key-holder signature")
}

// Through the log, a signature is judged by its key as that stands then.
func TestExecuteReadsKeys(t *testing.T) {
	l := onRecord(t, keyed())
	l.rival = func() {
		if err := l.decide(revokeKey("alpha", "2018-12-10T00:00:00+07:00"), "rival"); err != nil {
			t.Fatal(err)
		}
	}
	_, err := l.execute(signWith("alpha", envelope(pledged("alpha"), "alpha"), "alpha"), "c-1")
	if diff := cmp.Diff(breaches("key-revoked signature"), verdict(t, err)); diff != "" {
		t.Errorf("signed while the key was revoked (-want +got):\n%s", diff)
	}
	if _, err := l.execute(signWith("beta", envelope(pledged("beta"), "beta"), "beta"), "c-2"); err != nil {
		t.Error(err)
	}
}
