package domain

import (
	"errors"
	"time"

	"thidua/domain/signing"
)

// An Ed25519 signature counts where it is one over the statement, with a key that is the signer's and the unit's, registered and confirmed on the record before
// it, valid at the moment that it claims and at the one at which it was taken in, and not revoked: neither at the moment that it claims nor, whatever it
// claims, where it was taken in.

// signed is a signature in its place on the record.
type signed struct {
	statement signing.Statement
	text      string
	signer    string
	at        Instant
	taken     time.Time // when the log took it
	position  Position
}

// judge judges a signature as the record stands, and gives its key where it counts.
func (w *World) judge(s signed) (*Key, *Problem) {
	signature, err := signing.Parse(s.text)
	if err != nil {
		return nil, problem(RuleSignatureForm, "signature", "chữ ký không đọc được", "the signature can't be read").because(err)
	}
	key := w.Keys[signing.Hex(signature.KeyID)]
	if key == nil || key.Position == 0 || key.Position >= s.position || key.ID() != signature.KeyID {
		return nil, problem(RuleKeyUnknown, "signature", "khóa %s chưa được đăng ký; hãy đăng ký và xác nhận khóa trước (thidua key register)",
			"the key %s is not registered; register and confirm it first (thidua key register)", signature.KeyID)
	}
	public, err := signing.ParsePublicKey(key.Key)
	if err == nil {
		err = signature.Verify(s.statement, public)
	}
	if err != nil {
		return nil, problem(RuleSignatureWrong, "signature", "chữ ký không đúng", "the signature is wrong").because(err)
	}
	if key.Person != s.signer {
		return nil, problem(RuleKeyHolder, "signer", "khóa %s không phải là của người ký này", "the key %s is not this signer's", signature.KeyID)
	}
	return key, w.counts(key, s)
}

// counts judges whether a key counts for a signature: confirmed before it, valid, not revoked.
func (w *World) counts(key *Key, s signed) *Problem {
	if p := key.valid(s); p != nil {
		return p
	}
	for _, c := range key.Confirmations {
		if c.Position < s.position && w.confirms(key, c) == nil {
			return nil
		}
	}
	return problem(RuleKeyUnconfirmed, "signature", "khóa %s chưa được xác nhận bằng khóa trước nó hoặc bằng biên bản hội nghị (thidua key confirm)",
		"the key %s is not confirmed, by the key before it or by the minutes of a conference (thidua key confirm)", key.ID())
}

func (k *Key) valid(s signed) *Problem {
	for _, r := range k.Revocations {
		after := r.Position < s.position && !s.taken.Before(r.From.Time())
		if after || !s.at.Time().Before(r.From.Time()) {
			return problem(RuleKeyRevoked, "signature", "khóa %s đã bị thu hồi từ %s (vị trí %d)", "the key %s is revoked from %s on (position %d)", k.ID(), r.From, r.Position)
		}
	}
	for _, t := range []time.Time{s.at.Time(), s.taken} {
		if t.Before(k.NotBefore.Time()) || t.After(k.NotAfter.Time()) {
			return problem(RuleKeyExpired, "signature", "khóa %s chỉ có giá trị từ %s đến %s; chữ ký đề lúc %s, nhận lúc %s",
				"the key %s is valid from %s to %s only; the signature is of %s, taken in at %s", k.ID(), k.NotBefore, k.NotAfter, s.at, InstantOf(s.taken))
		}
	}
	return nil
}

// confirms judges one confirmation of a key. Each looks only at what stands before it, so chains of them end.
func (w *World) confirms(key *Key, c Confirmation) *Problem {
	if c.Predecessor == "" {
		if !said(c.Minutes) {
			return problem(RuleKeyUnconfirmed, "minutes", "xác nhận khóa phải có chữ ký của khóa trước nó, hoặc nêu biên bản có vân tay của khóa",
				"a key is confirmed by the signature of the key before it, or by naming the minutes that have its fingerprint")
		}
		return nil
	}
	before := w.Keys[signing.Hex(c.Predecessor)]
	signer := ""
	if before != nil {
		signer = before.Person
	}
	before, p := w.judge(signed{key.Statement(), c.Signature, signer, c.At, c.Taken, c.Position})
	switch {
	case p != nil:
		return p
	case before.ID() != c.Predecessor:
		return problem(RuleKeyHolder, "signature", "chữ ký xác nhận là của khóa %s, không phải của khóa %s", "the confirming signature is of the key %s, not of the key %s", before.ID(), c.Predecessor)
	case before.Unit != key.Unit:
		return problem(RuleKeyHolder, "signature", "khóa %s là của đơn vị %s, không xác nhận được khóa của đơn vị %s",
			"the key %s is of the unit %s and can't confirm a key of the unit %s", c.Predecessor, before.Unit, key.Unit)
	}
	return nil
}

// judgePledge judges the signature under a pledge that is not on paper.
func (w *World) judgePledge(unit string, s Signature) (*Key, *Problem) {
	statement := statementOfPledge(w.Season.ID, unit, s.TargetsSHA256, s.RulesetSHA256)
	key, p := w.judge(signed{statement, s.Signature, s.Signer, s.At, s.Taken, s.Position})
	if p == nil && key.Unit != unit {
		p = problem(RuleKeyHolder, "signature", "khóa %s là của đơn vị %s, không ký được giao ước của %s", "the key %s is of the unit %s and can't sign the pledge of %s", key.ID(), key.Unit, unit)
	}
	return key, p
}

// judgeAdded judges a signature under something on the record. There is a key only where it is no file.
func (w *World) judgeAdded(s AddedSignature) (*Key, *Problem) {
	statement, found := w.Statement(s.Position)
	switch {
	case !found || s.Position >= s.Own:
		return nil, problem(RuleKnown, "position", "ở vị trí %d không có giao ước, xếp hạng chung cuộc hoặc quyết định nào của mùa thi đua để ký",
			"at position %d there is no pledge, final ranking or decision of the season to be signed", s.Position)
	case s.StatementSHA256 != statement.SHA256():
		return nil, problem(RuleSignatureWrong, "statement_sha256", "chữ ký nêu nội dung khác với nội dung trên sổ", "the signature names another statement than the record gives")
	case (s.Signature == "") == (len(s.Evidence) == 0):
		return nil, problem(RuleSignatureForm, "signature", "cần đúng một trong hai: chữ ký, hoặc tệp chữ ký CMS", "exactly one is needed: a signature, or the file of a CMS signature")
	case s.Signature == "":
		return nil, nil
	}
	key, p := w.judge(signed{statement, s.Signature, s.Signer, s.At, s.Taken, s.Own})
	if p != nil {
		return nil, p
	}
	return key, w.maySign(key, s)
}

// maySign judges whose signature something takes: a pledge that of its unit; the rest that of a member or of a unit above one; a decision that of its signer.
func (w *World) maySign(key *Key, s AddedSignature) *Problem {
	for unit, pledge := range w.Pledges {
		for _, own := range pledge.Signatures {
			if own.Position == s.Position && unit != key.Unit {
				return problem(RuleKeyHolder, "signature", "khóa %s là của đơn vị %s, không ký được giao ước của %s", "the key %s is of the unit %s and can't sign the pledge of %s", key.ID(), key.Unit, unit)
			}
		}
	}
	if g := w.Awards.grant(s.Position); g != nil && g.Signer != s.Signer {
		return problem(RuleKeyHolder, "signer", "quyết định ở vị trí %d do người khác ký", "the decision at position %d has another signer", s.Position)
	}
	for _, member := range w.members() {
		if w.ancestor(key.Unit, member) {
			return nil
		}
	}
	return problem(RuleKeyHolder, "signature", "khóa %s là của đơn vị %s, không phải thành viên hay cấp trên của thành viên",
		"the key %s is of the unit %s, which is neither a member nor above one", key.ID(), key.Unit)
}

func (w *World) members() []string {
	if w.Season.Draft == nil {
		return nil
	}
	return w.Season.Draft.Members
}

// checkPledgeSignature judges the newest signature of a pledge, which is being taken in.
func (w *World) checkPledgeSignature(unit string) Problems {
	signatures := w.Pledge(unit).Signatures
	if len(signatures) == 0 || signatures[len(signatures)-1].Signature == PaperSignature {
		return nil
	}
	if _, p := w.judgePledge(unit, signatures[len(signatures)-1]); p != nil {
		return Problems{p}
	}
	return nil
}

// checkAdded judges the newest signature of the season, which is being taken in.
func (w *World) checkAdded(at Instant) (ps Problems) {
	added := w.Season.Signatures
	newest := added[len(added)-1]
	if _, p := w.judgeAdded(newest); p != nil {
		ps = append(ps, p)
	}
	for _, s := range added[:len(added)-1] {
		if s.Position == newest.Position && s.Signer == newest.Signer && (s.Signature == "") == (newest.Signature == "") {
			ps = append(ps, problem(RuleDuplicate, "signer", "người này đã ký nội dung ở vị trí %d", "this signer has signed what is at position %d already", s.Position))
			break
		}
	}
	return append(ps, w.checkFuture("signed_at", at.Time(), at)...)
}

// because adds what the package signing says.
func (p *Problem) because(err error) *Problem {
	if f, ok := errors.AsType[*signing.Fault](err); ok {
		p.Text.VI, p.Text.EN = p.Text.VI+": "+f.VI, p.Text.EN+": "+f.EN
	}
	return p
}
