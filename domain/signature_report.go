package domain

import (
	"cmp"
	"slices"

	"thidua/domain/signing"
)

// What a signature is worth depends on who reads it. The record is kept by an operator who could write anything into it, a key and its
// confirmation included. So the trust comes from outside: from the minutes that the reader holds, in which fingerprints stand, and along the
// signatures by which such a key confirms the one after it. All else is the operator's word, and is called that.

// Worth says what a signature is worth to a reader.
type Worth string

// The worths of a signature, best first.
const (
	// WorthSigned: an Ed25519 signature that counts, of a key in the reader's minutes or confirmed by a chain of signatures from one.
	WorthSigned Worth = "signed"
	// WorthOperator: the same of a key that is the unit's by the operator's word only.
	WorthOperator Worth = "operator"
	// WorthEvidence: a file of a CMS signature lies beside it, to be checked for itself. It never counts as an Ed25519 signature does.
	WorthEvidence Worth = "evidence"
	// WorthPaper: signed on paper, by the record's word.
	WorthPaper Worth = "paper"
	// WorthNone: nobody has signed it on the record.
	WorthNone Worth = "none"
	// WorthRefused: something stands there as a signature and is none that counts.
	WorthRefused Worth = "refused"
)

// Text says what the worth is in words.
func (w Worth) Text() Text {
	switch w {
	case WorthSigned:
		return Text{VI: "đã ký, khóa có trong biên bản", EN: "signed, by a key of the minutes"}
	case WorthOperator:
		return Text{VI: "đã ký, khóa chỉ do bên vận hành xác nhận", EN: "signed, by a key confirmed by the operator's word only"}
	case WorthEvidence:
		return Text{VI: "có tệp chữ ký CMS", EN: "the file of a CMS signature lies beside it"}
	case WorthPaper:
		return Text{VI: "ký trên giấy", EN: "signed on paper"}
	case WorthRefused:
		return Text{VI: "chữ ký không có giá trị", EN: "the signature does not count"}
	case WorthNone:
	}
	return Text{VI: "chưa ký", EN: "not signed"}
}

// The kinds of things that are signed.
const (
	SignedPledge  = "pledge"
	SignedRanking = "ranking"
	SignedAward   = "award"
)

// SignatureVerdict is one signature under one thing, or that there is none.
type SignatureVerdict struct {
	// Of is SignedPledge, SignedRanking or SignedAward; Award is given for the last.
	Of    string `json:"of"`
	Unit  string `json:"unit,omitempty"`
	Award string `json:"award,omitempty"`
	// Position is that of what is signed, Own that of the signature's event, 0 where there is none.
	Position Position `json:"position"`
	Own      Position `json:"signature_position"`
	At       Instant  `json:"at"`
	Signer   string   `json:"signer,omitempty"`
	Worth    Worth    `json:"worth"`
	// Key is the fingerprint, Format "dsse" or "sshsig", of an Ed25519 signature.
	Key    string `json:"key,omitempty"`
	Format string `json:"format,omitempty"`
	// Evidence are the files of a CMS signature; Statement is what it must be over.
	Evidence  []Evidence        `json:"evidence,omitempty"`
	Statement signing.Statement `json:"-"`
	// Problem says why a signature is refused.
	Problem *Problem `json:"-"`
}

// Signatures judges every signature of the season for a reader who holds minutes. The world must hold the season's events, its units', and those
// of the keys that its signatures name and that these name in turn (KeysNamed); they are in the log's Season. The order is that of the log.
func (w *World) Signatures(m signing.Minutes) []SignatureVerdict {
	r := signatureReport{w, m}
	var all []SignatureVerdict
	for unit, pledge := range w.Pledges {
		for _, s := range pledge.Signatures {
			all = append(all, r.pledge(unit, s))
		}
	}
	if w.Season.Final != nil {
		all = append(all, r.decided(SignatureVerdict{Of: SignedRanking, Position: w.Season.FinalAt})...)
	}
	for _, g := range w.Awards.Grants {
		all = append(all, r.decided(SignatureVerdict{Of: SignedAward, Award: g.Award, Unit: g.Unit, Position: g.Position})...)
	}
	all = append(all, r.loose(all)...)
	slices.SortStableFunc(all, func(a, b SignatureVerdict) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.Own, b.Own))
	})
	return all
}

// signatureReport judges for one reader.
type signatureReport struct {
	w       *World
	minutes signing.Minutes
}

func (r signatureReport) pledge(unit string, s Signature) SignatureVerdict {
	v := SignatureVerdict{Of: SignedPledge, Unit: unit, Position: s.Position, Own: s.Position, At: s.At, Signer: s.Signer}
	v.Statement = statementOfPledge(r.w.Season.ID, unit, s.TargetsSHA256, s.RulesetSHA256)
	if s.Signature == PaperSignature {
		v.Worth = WorthPaper
		return v
	}
	key, p := r.w.judgePledge(unit, s)
	if p == nil {
		p = r.w.promised(unit, s)
	}
	return r.weigh(v, s.Signature, key, p)
}

// promised judges that the digests which a signed pledge names are those of the targets and the ruleset on the record.
func (w *World) promised(unit string, s Signature) *Problem {
	if s.TargetsSHA256 == Digest(sorted(w.Pledge(unit).Targets)) && s.RulesetSHA256 == w.Season.RulesetSHA256 {
		return nil
	}
	return problem(RuleSignatureWrong, "targets_sha256", "giao ước đã ký của %s không phải là chỉ tiêu hoặc quy chế trên sổ", "what %s signed are not the targets or the ruleset on the record", unit)
}

// decided lists the signatures under what stands at a position, or says that there is none.
func (r signatureReport) decided(thing SignatureVerdict) []SignatureVerdict {
	all := r.added(thing)
	if len(all) == 0 {
		thing.Worth = WorthNone
		thing.Statement, _ = r.w.Statement(thing.Position)
		return []SignatureVerdict{thing}
	}
	return all
}

func (r signatureReport) added(thing SignatureVerdict) (all []SignatureVerdict) {
	for _, s := range r.w.Season.Signatures {
		if s.Position != thing.Position {
			continue
		}
		v := thing
		v.Own, v.At, v.Signer, v.Evidence = s.Own, s.At, s.Signer, s.Evidence
		v.Statement, _ = r.w.Statement(s.Position)
		key, p := r.w.judgeAdded(s)
		if p == nil && key == nil {
			v.Worth = WorthEvidence
			all = append(all, v)
			continue
		}
		all = append(all, r.weigh(v, s.Signature, key, p))
	}
	return all
}

// loose lists the signatures that were added under pledges, and those under nothing.
func (r signatureReport) loose(listed []SignatureVerdict) (all []SignatureVerdict) {
	things := map[Position]SignatureVerdict{}
	for _, v := range listed {
		things[v.Position] = v
	}
	done := map[Position]bool{}
	for _, s := range r.w.Season.Signatures {
		thing, found := things[s.Position]
		if done[s.Position] || found && thing.Of != SignedPledge {
			continue
		}
		done[s.Position] = true
		all = append(all, r.added(SignatureVerdict{Of: thing.Of, Unit: thing.Unit, Position: s.Position})...)
	}
	return all
}

// weigh fills in what an Ed25519 signature is worth.
func (r signatureReport) weigh(v SignatureVerdict, text string, key *Key, p *Problem) SignatureVerdict {
	if s, err := signing.Parse(text); err == nil {
		v.Key, v.Format = s.KeyID, s.Format
	}
	if p == nil {
		p = r.takenBack(key, v)
	}
	switch {
	case p != nil:
		v.Worth, v.Problem = WorthRefused, p
	case r.trusted(key, v.Own):
		v.Worth = WorthSigned
	default:
		v.Worth = WorthOperator
	}
	return v
}

// takenBack judges a key by the reader's minutes, which can say that it was taken back where the record is silent.
func (r signatureReport) takenBack(key *Key, v SignatureVerdict) *Problem {
	since, revoked := r.minutes.Revoked(key.ID())
	if !revoked || v.At.Time().Before(since) {
		return nil
	}
	return problem(RuleKeyRevoked, "signature", "theo biên bản, khóa %s đã bị thu hồi từ %s", "by the minutes the key %s is revoked from %s on", key.ID(), InstantOf(since))
}

// trusted reports whether a key stands in the reader's minutes, or is confirmed, before a position, by one that is trusted.
func (r signatureReport) trusted(key *Key, before Position) bool {
	if r.minutes.Confirm(key.Unit, key.ID(), key.NotBefore.Time(), key.NotAfter.Time()) {
		return true
	}
	for _, c := range key.Confirmations {
		if c.Predecessor == "" || c.Position >= before || r.w.confirms(key, c) != nil {
			continue
		}
		predecessor := r.w.Keys[signing.Hex(c.Predecessor)]
		since, revoked := r.minutes.Revoked(c.Predecessor)
		if revoked && !c.At.Time().Before(since) {
			continue
		}
		if r.trusted(predecessor, c.Position) {
			return true
		}
	}
	return false
}

// KeyTrusted reports whether a key of the world is trusted by a reader who holds minutes.
func (w *World) KeyTrusted(id string, m signing.Minutes) bool {
	key := w.Keys[signing.Hex(id)]
	return key != nil && signatureReport{w, m}.trusted(key, w.position+1)
}
