package domain

import (
	"crypto/sha256"
	"encoding/hex"
)

// An event that cannot be read, or that no projection can take, stands on the log for ever and holds up what comes behind it in its stream. A
// person who is answerable for it can discard it: an event of the same stream says so, and from there on everybody who reads the log passes
// the discarded one over, in a replay as in the present. Rules: a reason is given; what is named is what lies there, by its id and digest; what says
// that something was erased is not discarded, since the stores have forgotten it and a discard would not bring it back.

// EventDiscarded says that the event at a position counts for nothing. It stands in the stream of the event, or in the log's own where the
// event has none.
type EventDiscarded struct {
	Position Position `json:"position"` // where the discarded event stands on the log
	// ID is that of the event, or "sha256:" and the digest where it cannot be read.
	ID string `json:"id"`
	// SHA256 is the digest of the event's bytes, in hex.
	SHA256 string       `json:"sha256"`
	Reason *Disclosable `json:"reason"` // why
}

// Words is the type's name on the log.
func (*EventDiscarded) Words() string { return "event.discarded" }

// Discard says what is appended to discard what lies at a position. It is refused where no reason is given, and where that says that something was
// erased.
func Discard(r Recorded, reason *Disclosable) (Change, error) {
	switch r.Event.(type) {
	case *DisclosureErased, *DisclosurePurged:
		return Change{}, problem(RuleErased, "", "sự kiện ở vị trí %d ghi việc xoá, dữ liệu đã xoá không lấy lại được nên không thể bỏ nó; hãy sửa nguyên nhân bị treo rồi chạy: thidua parked retry",
			"the event at position %d says that something was erased, which can't be brought back, so it can't be discarded; mend why it is parked, then: thidua parked retry", r.Position)
	}
	if !said(reason) {
		return Change{}, problem(RuleReason, "reason", "bỏ một sự kiện phải nêu lý do", "an event is discarded only with a reason")
	}
	sum := sha256.Sum256(r.Payload)
	return Change{Stream: r.Stream, Event: &EventDiscarded{Position: r.Position, ID: r.ID, SHA256: hex.EncodeToString(sum[:]), Reason: reason}}, nil
}

// NotParked refuses to discard what no read model has parked: such an event counts, and what rests on it would change.
func NotParked(position Position) error {
	return problem(RuleParked, "", "không bảng đọc nào đang treo sự kiện ở vị trí %d nên không thể bỏ nó; xem danh sách: thidua parked list",
		"no read model has parked the event at position %d, so it can't be discarded; for the list: thidua parked list", position)
}

// Voided stands in the place of the data of an event that was discarded. A fold counts the event's versions, and nothing else of it.
type Voided struct{}

// Words is no type's name: a voided event is never written.
func (*Voided) Words() string { return "" }

// Discards reports whether one event discards another: it stands behind it in the same stream and names its position and its very bytes.
func Discards(d, r Recorded) bool {
	e, ok := d.Event.(*EventDiscarded)
	if !ok || e.Position != r.Position || d.Position <= r.Position || d.Stream != r.Stream {
		return false
	}
	sum := sha256.Sum256(r.Payload)
	return e.SHA256 == hex.EncodeToString(sum[:])
}

// Unreadable refuses to decide on a stream in which something lies that is no event and was not discarded.
func Unreadable(position Position, s Stream) error {
	return problem(RuleUnreadable, "", "tại vị trí %d của %s có dữ liệu không phải là sự kiện; hãy xem xét rồi bỏ nó bằng “thidua parked discard”",
		"what lies at position %d in %s is no event; look into it, then discard it with “thidua parked discard”", position, s)
}

// Void applies the discards among events, which are in the order of the log: what is discarded is given as Voided and without a fault. The
// events themselves are not changed.
func Void(events []Recorded) []Recorded {
	discards := map[Position]Recorded{}
	for _, r := range events {
		if e, ok := r.Event.(*EventDiscarded); ok {
			discards[e.Position] = r
		}
	}
	if len(discards) == 0 {
		return events
	}
	voided := make([]Recorded, len(events))
	for i, r := range events {
		if d, ok := discards[r.Position]; ok && Discards(d, r) {
			r.Event, r.Fault = &Voided{}, nil
		}
		voided[i] = r
	}
	return voided
}
