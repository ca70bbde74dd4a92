package domain

import (
	"cmp"
	"slices"
	"time"
)

// A pledge is a unit's promise for a season: its targets, and the signature of its leader. Rules (spec "bundle", 1, 2 and 5; spec
// "events"): targets name criteria of the ruleset, once each; they are frozen by the unit's own signature; a unit signs once, before all
// its values. When every member has signed, the covenant enters into force.

// NotApplicable is the target of a criterion that does not apply to a unit in the whole year.
const NotApplicable = "na"

// PaperSignature stands where a pledge was signed on paper, so that no signature can be verified.
const PaperSignature = "paper"

// Pledge is the state of a unit's pledge.
type Pledge struct {
	Targets    []Target
	TargetsAt  Position
	Signatures []Signature
}

// Signature is a signing of the pledge.
type Signature struct {
	PledgeSigned
	At       Instant
	Taken    time.Time // when the log took it
	Position Position
}

// Target is what a unit promises for a criterion: a number as written, or "na".
type Target struct {
	Criterion string `json:"criterion"` // the criterion's id
	Target    string `json:"target"`    // the number as written, or "na" where the criterion does not apply
}

// TargetsSet sets all targets of a pledge, sorted by criterion. A criterion that is not in it has no target.
type TargetsSet struct {
	Targets []Target `json:"targets"` // all targets, sorted by criterion
}

// PledgeSigned is the leader's signature under a pledge.
type PledgeSigned struct {
	Signer        string       `json:"signer"`         // who signed, a ref
	Role          *Disclosable `json:"role"`           // the office in which
	RulesetSHA256 string       `json:"ruleset_sha256"` // the digest of the ruleset that is signed
	TargetsSHA256 string       `json:"targets_sha256"` // the digest of the targets that are signed
	Signature     string       `json:"signature"`      // a DSSE envelope or an OpenSSH signature; "paper" where a paper was signed
}

// Words is the type's name on the log.
func (*TargetsSet) Words() string { return "pledge.targets-set" }

// Words is the type's name on the log.
func (*PledgeSigned) Words() string { return "pledge.signed" }

func (p *Pledge) evolve(r Recorded) {
	switch e := r.Event.(type) {
	case *TargetsSet:
		p.Targets, p.TargetsAt = e.Targets, r.Position
	case *PledgeSigned:
		p.Signatures = append(p.Signatures, Signature{PledgeSigned: *e, At: r.Time, Taken: r.RecordedTime, Position: r.Position})
	}
}

// Target returns the target for a criterion as written, "" where there is none.
func (p *Pledge) Target(criterion string) string {
	for _, t := range p.Targets {
		if t.Criterion == criterion {
			return t.Target
		}
	}
	return ""
}

// Applicable reports whether a criterion applies to the unit.
func (p *Pledge) Applicable(criterion string) bool { return p.Target(criterion) != NotApplicable }

// SetTargets sets all targets of a unit.
type SetTargets struct {
	Season, Unit string
	TargetsSet
}

// Streams are the pledge and the season it belongs to.
func (c SetTargets) Streams() []Stream {
	return []Stream{PledgeStream(c.Season, c.Unit), SeasonStream(c.Season)}
}

// Changes sets the targets, sorted by criterion.
func (c SetTargets) Changes(*World) []Change {
	return []Change{{Stream: PledgeStream(c.Season, c.Unit), Event: &TargetsSet{Targets: sorted(c.Targets)}}}
}

// SignPledge signs a unit's pledge.
type SignPledge struct {
	Season, Unit string
	At           Instant
	Signer       string
	Role         *Disclosable
	// Signature is PaperSignature or the signature itself.
	Signature string
	// Members are the season's members, whose pledges tell whether the covenant enters into force.
	Members []string
	// Chain are the fingerprints of the key of the signature and of those before it; none for a signature on paper.
	Chain []string
}

// Streams are the pledge, the season, the pledges of all members, and the keys.
func (c SignPledge) Streams() []Stream {
	streams := []Stream{PledgeStream(c.Season, c.Unit), SeasonStream(c.Season)}
	for _, m := range c.Members {
		if m != c.Unit {
			streams = append(streams, PledgeStream(c.Season, m))
		}
	}
	return keyStreams(streams, c.Chain)
}

// Changes signs, and lets the covenant enter into force where this was the last signature that it waited for.
func (c SignPledge) Changes(w *World) []Change {
	signed := &PledgeSigned{
		Signer: c.Signer, Role: c.Role, Signature: c.Signature,
		RulesetSHA256: w.Season.RulesetSHA256,
		TargetsSHA256: Digest(sorted(w.Pledge(c.Unit).Targets)),
	}
	changes := []Change{{Stream: PledgeStream(c.Season, c.Unit), Time: c.At, Event: signed}}
	if w.onlyUnsigned(c.Unit) {
		changes = append(changes, Change{Stream: SeasonStream(c.Season), Time: c.At, Event: &CovenantEnteredIntoForce{}})
	}
	return changes
}

// sorted is the array whose digest a signature covers: by criterion, empty and not null where there is none.
func sorted(targets []Target) []Target {
	targets = append([]Target{}, targets...)
	slices.SortStableFunc(targets, func(a, b Target) int { return cmp.Compare(a.Criterion, b.Criterion) })
	return targets
}

// onlyUnsigned reports whether a unit is the one member that has not signed.
func (w *World) onlyUnsigned(unit string) bool {
	if !w.Season.Member(unit) || len(w.Pledge(unit).Signatures) > 0 {
		return false
	}
	for _, m := range w.Season.Draft.Members {
		if m != unit && len(w.Pledge(m).Signatures) == 0 {
			return false
		}
	}
	return true
}

func (w *World) checkTargets(unit string, e *TargetsSet) (ps Problems) {
	ps = append(ps, w.checkMember(unit)...)
	seen := map[string]bool{}
	for _, t := range e.Targets {
		ps = append(ps, w.CheckTarget(t)...)
		if seen[t.Criterion] {
			ps = append(ps, problem(RuleDuplicate, "criterion", "chỉ tiêu %s của %s được ghi hai lần; hãy giữ một dòng",
				"the target of %[2]s for %[1]s is given twice; keep one row", t.Criterion, unit))
		}
		seen[t.Criterion] = true
	}
	if p := w.Pledge(unit); len(p.Signatures) > 0 && p.TargetsAt > p.Signatures[0].Position {
		ps = append(ps, problem(RuleFrozen, "target", "đơn vị %s đã ký giao ước; chỉ tiêu không thay đổi được nữa",
			"unit %s has signed its pledge; its targets are frozen", unit))
	}
	return ps
}

// CheckTarget judges one target by itself: its criterion is known, it is a number or "na".
func (w *World) CheckTarget(t Target) (ps Problems) {
	ps = append(ps, w.checkCriterion(t.Criterion)...)
	if t.Target == NotApplicable {
		return ps
	}
	if _, err := ParseDecimal(t.Target); err != nil {
		ps = append(ps, problem(RuleNumber, "target", "chỉ tiêu %q không phải là số và không phải là “na”; hãy viết một số hoặc na",
			"the target %q is neither a number nor “na”; write one of them", shorten(t.Target)))
	}
	return ps
}

func (w *World) checkSignature(unit string, s Change) (ps Problems) {
	ps = append(ps, w.checkMember(unit)...)
	if len(w.Pledge(unit).Signatures) > 1 {
		ps = append(ps, problem(RuleDuplicate, "unit", "giao ước của %s được ký hai lần; hãy giữ một dòng",
			"the pledge of %s is signed twice; keep one row", unit))
	}
	if first := w.firstValue(unit); first != nil && !s.Time.Time().Before(first.At.Time()) {
		ps = append(ps, problem(RuleSignature, "signed_at", "%s ký giao ước lúc %s, sau khi đã báo cáo số liệu lúc %s; chữ ký phải có trước mọi số liệu",
			"%s signed its pledge at %s, not before its first value at %s; the signature comes before all values", unit, s.Time, first.At))
	}
	return append(ps, w.checkPledgeSignature(unit)...)
}
