package domain_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
)

func TestSetTargets(t *testing.T) {
	given(draft()).when(targets("alpha", "N", "10", "R", "na")).then(t, &domain.TargetsSet{Targets: []domain.Target{{Criterion: "N", Target: "10"}, {Criterion: "R", Target: "na"}}})
	given(draft()).tries(t, []trial{
		{"none", targets("alpha"), accepted},
		{"0", targets("alpha", "N", "0"), accepted},
		{"where the formula needs none", targets("alpha", "Y", "1"), accepted},
		{"below 0", targets("alpha", "N", "-1"), "number-form target"},
		{"blank", targets("alpha", "N", ""), "number-form target"},
		{"a word", targets("alpha", "N", "NA"), "number-form target"},
		{"of a criterion that is none", targets("alpha", "Z", "1"), "known criterion"},
		{"twice", targets("alpha", "N", "1", "N", "1"), "duplicate criterion"},
		{"of no member", targets("delta", "N", "1"), "member unit"},
		{"several things at once", targets("delta", "N", "x", "Z", "1"), "member unit, number-form target, known criterion"},
	})
}

// Targets may change until the unit's own signature.
func TestFrozenTargets(t *testing.T) {
	given(draft(), targets("alpha", "N", "10")).when(targets("alpha", "N", "11")).thenProblems(t, accepted)
	given(draft(), targets("alpha", "N", "10"), sign("beta", signedAt)).when(targets("alpha", "N", "11")).thenProblems(t, accepted)
	given(draft(), targets("alpha", "N", "10"), sign("alpha", signedAt)).when(targets("alpha", "N", "10")).thenProblems(t, "frozen target")
	given(draft(), sign("alpha", signedAt)).when(targets("alpha", "N", "10")).thenProblems(t, "frozen target")
}

// A signature covers the ruleset and the targets by their digests.
func TestSignPledge(t *testing.T) {
	w := given(draft()).world(t)
	want := domain.PledgeSigned{Signer: "p-alpha", Role: text("Chủ tịch"), RulesetSHA256: w.Season.RulesetSHA256, Signature: domain.PaperSignature}

	want.TargetsSHA256 = domain.Digest([]domain.Target{{Criterion: "N", Target: "10"}, {Criterion: "R", Target: "na"}})
	given(draft(), targets("alpha", "N", "10", "R", "na")).when(sign("alpha", signedAt)).then(t, &want)
	t.Run("the digest is of the targets sorted by criterion", func(t *testing.T) {
		given(draft(), targets("alpha", "R", "na", "N", "10")).when(sign("alpha", signedAt)).then(t, &want)
	})
	t.Run("no targets are an empty list", func(t *testing.T) {
		want := want
		want.TargetsSHA256 = domain.Digest([]domain.Target{})
		given(draft()).when(sign("alpha", signedAt)).then(t, &want)
		given(draft(), domain.SetTargets{Season: season, Unit: "alpha"}).when(sign("alpha", signedAt)).then(t, &want)
	})
	given(draft(), sign("alpha", signedAt)).tries(t, []trial{
		{"another unit", sign("beta", signedAt), accepted},
		{"twice", sign("alpha", "2018-12-21T09:00:00+07:00"), "duplicate unit"},
		{"no member", sign("delta", signedAt), "member unit"},
	})
	given(draft()).by("2018-12-20T02:00:00Z").tries(t, []trial{
		{"at this very moment", sign("alpha", "2018-12-20T09:00:00+07:00"), accepted},
		{"ahead of the clock", sign("alpha", "2018-12-20T09:00:01+07:00"), "future signed_at"},
	})
}

// The covenant enters into force with the last signature that it waited for, at its moment.
func TestCovenant(t *testing.T) {
	two := given(draft(), sign("alpha", signedAt), sign("gamma", signedAt))
	changes, err := domain.Decide(two.world(t), sign("beta", "2018-12-22T09:00:00+07:00"))
	if err != nil {
		t.Fatal(err)
	}
	want := domain.Change{Stream: domain.SeasonStream(season), Time: instant("2018-12-22T09:00:00+07:00"), Event: &domain.CovenantEnteredIntoForce{}}
	if diff := cmp.Diff(want, changes[len(changes)-1], exact()...); diff != "" {
		t.Errorf("last change (-want +got):\n%s", diff)
	}
	if force := two.world(t).Season.InForce; force.Given() {
		t.Errorf("in force at %s, before all have signed", force)
	}
	if force := two.and(sign("beta", "2018-12-22T09:00:00+07:00")).world(t).Season.InForce; force.String() != "2018-12-22T09:00:00+07:00" {
		t.Errorf("in force at %q, want the last signature's moment", force)
	}
}

// A unit's signature is earlier than all its values. It is judged from both sides: a value may come to a pledge, or a pledge to values.
func TestSignatureBeforeValues(t *testing.T) {
	const nine, ten = "2019-01-10T09:00:00+07:00", "2019-01-10T10:00:00+07:00"
	given(draft(), sign("alpha", nine)).tries(t, []trial{
		{"a value after it", report("alpha", "Q1", "N", "1", ten), accepted},
		{"a value just after it", report("alpha", "Q1", "N", "1", "2019-01-10T09:00:00.000001+07:00"), accepted},
		{"a value at the same instant", report("alpha", "Q1", "N", "1", "2019-01-10T02:00:00Z"), "signature submitted_at"},
		{"a value before it", report("alpha", "Q1", "N", "1", "2019-01-10T08:59:59+07:00"), "signature submitted_at"},
		{"a value of a unit without one", report("beta", "Q1", "N", "1", ten), "signature unit"},
	})
	for _, tt := range []struct {
		name   string
		papers []domain.Command
		want   string
	}{
		{"the signature first", []domain.Command{draft(), sign("alpha", nine), report("alpha", "Q1", "N", "1", ten)}, accepted},
		{"the signature's row last", []domain.Command{draft(), report("alpha", "Q1", "N", "1", ten), sign("alpha", nine)}, accepted},
		{"the signature too late", []domain.Command{draft(), report("alpha", "Q1", "N", "1", nine), sign("alpha", ten)}, "signature signed_at"},
		{"the signature at the same instant", []domain.Command{draft(), report("alpha", "Q1", "N", "1", nine), sign("alpha", nine)}, "signature signed_at"},
		{"no signature, and two values", []domain.Command{draft(), report("alpha", "Q1", "N", "1", nine), report("alpha", "Q1", "Y", "1", ten)}, "signature unit"},
		{"another's signature", []domain.Command{draft(), sign("beta", nine), report("alpha", "Q1", "N", "1", ten)}, "signature unit"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(breaches(tt.want), together(t, tt.papers...)); diff != "" {
				t.Errorf("breaches (-want +got):\n%s", diff)
			}
		})
	}
}
