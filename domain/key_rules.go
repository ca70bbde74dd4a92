package domain

import "thidua/domain/signing"

// checkKey judges the registration of a key.
func (w *World) checkKey(s Stream, e *KeyRegistered) (ps Problems) {
	if _, err := signing.ParsePublicKey(e.Key); err != nil {
		return append(ps, problem(RuleKeyForm, "key", "không nhận khóa này", "the key is not taken").because(err))
	}
	if w.Version(s) > 1 {
		ps = append(ps, problem(RuleDuplicate, "key", "khóa %s đã được đăng ký; mỗi khóa chỉ thuộc một người và một đơn vị, hãy tạo khóa mới",
			"the key %s is registered already; a key is of one person and one unit, so make a new one", e.ID()))
	}
	if w.Units[e.Unit] == nil {
		ps = append(ps, problem(RuleKnown, "unit", "không có đơn vị %q", "there is no unit %q", shorten(e.Unit)))
	}
	if w.Persons[e.Person] == nil {
		ps = append(ps, problem(RuleKnown, "person", "người này chưa có trong danh sách", "the person is not on the register"))
	}
	if !e.NotBefore.Given() || !e.NotAfter.Given() || !e.NotBefore.Time().Before(e.NotAfter.Time()) {
		ps = append(ps, problem(RuleKeyValidity, "not_after", "khóa phải có thời hạn: từ một thời điểm đến một thời điểm sau đó", "a key is valid from one moment to a later one; give both"))
	}
	return ps
}

// checkConfirmation judges the newest confirmation of a key, which is being taken in.
func (w *World) checkConfirmation(s Stream, at Instant) (ps Problems) {
	key := w.Keys[s.Key]
	if key.Position == 0 {
		return Problems{unregistered()}
	}
	if p := w.confirms(key, key.Confirmations[len(key.Confirmations)-1]); p != nil {
		ps = append(ps, p)
	}
	return append(ps, w.checkFuture("confirmed_at", at.Time(), at)...)
}

// checkRevocation judges the newest revocation of a key. A second one may only reach further back.
func (w *World) checkRevocation(s Stream, e *KeyRevoked) (ps Problems) {
	key := w.Keys[s.Key]
	if key.Position == 0 {
		ps = append(ps, unregistered())
	}
	if !said(e.Reason) {
		ps = append(ps, problem(RuleReason, "reason", "thu hồi khóa phải nêu lý do", "a key is revoked only with a reason"))
	}
	if !e.From.Given() {
		ps = append(ps, problem(RuleKeyValidity, "from", "thu hồi khóa phải nêu từ lúc nào", "a key is revoked from a moment on; give it"))
	}
	for _, r := range key.Revocations[:len(key.Revocations)-1] {
		if !e.From.Time().Before(r.From.Time()) {
			ps = append(ps, problem(RuleDuplicate, "from", "khóa này đã bị thu hồi từ %s", "the key is revoked already, from %s on", r.From))
			break
		}
	}
	return ps
}

func unregistered() *Problem {
	return problem(RuleKeyUnknown, "key", "khóa này chưa được đăng ký (thidua key register)", "the key is not registered (thidua key register)")
}
