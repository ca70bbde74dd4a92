package domain

import "strconv"

// The log keeps streams of its own, for what is to be said of positions that belong to no stream of the field. An event that is lost for good, from
// the log and from every copy, leaves its position to a log.gap, so that all others keep theirs. Whose event was lost nobody knows; a stream or
// season whose versions do not go up by one across a gap has lost as many as are missing there. Rules: a gap says why; a season that has
// lost events is incomplete for ever, and its ranking is never finalised.

// LogGap stands at a position whose event is lost. The run of lost positions around it goes from From to To.
type LogGap struct {
	From   Position     `json:"from"`   // the first lost position
	To     Position     `json:"to"`     // the last lost position
	Reason *Disclosable `json:"reason"` // how it came to be lost
}

// Words is the type's name on the log.
func (*LogGap) Words() string { return "log.gap" }

// LogStream is the stream of the log itself.
func LogStream() Stream { return Stream{Aggregate: AggregateLog} }

// GapStream is the stream of the gap at a position. Each has one of its own: a gap is put between events that are there already, and would come
// out of turn in a stream that others have written to.
func GapStream(position Position) Stream {
	return Stream{Aggregate: AggregateLog, Key: strconv.FormatUint(position, 10)}
}

// IsGap reports whether an event is a gap at its own position.
func IsGap(r Recorded) bool {
	e, ok := r.Event.(*LogGap)
	return ok && r.Stream == GapStream(r.Position) && e.From <= r.Position && r.Position <= e.To
}

// GapFilter is the subject filter that matches every gap.
func GapFilter() string { return SubjectRoot + "._._." + string(AggregateLog) + ".*.log-gap" }

// checkLost judges that no event of the season is lost: a ranking without it would not be that of the whole record.
func (w *World) checkLost() Problems {
	if len(w.Lost) == 0 {
		return nil
	}
	return Problems{problem(RuleLost, "", "mùa thi đua đã mất sự kiện (chỗ trống của sổ tại vị trí %d) nên hồ sơ không còn đầy đủ và không thể chốt xếp hạng; hãy lập mùa thi đua mới từ hồ sơ giấy",
		"the season has lost events (a gap of the log at position %d), so its record is incomplete for ever and its ranking can't be finalised; take its papers in anew, as a season of another id", w.Lost[0])}
}
