package dossier

import (
	"fmt"
	"time"

	"thidua/domain"
)

// eventsStep reads the events and places each in the tree.
func (v *verification) eventsStep() (domain.Text, error) {
	record := Record{Season: v.manifest.Season, Unit: v.manifest.Unit, Whole: v.manifest.Whole, Checkpoint: v.head}
	content, err := v.content(eventsName)
	if err != nil {
		return domain.Text{}, err
	}
	if record.Entries, err = readEntries(content); err != nil {
		return domain.Text{}, err
	}
	if err := v.located(record.Entries); err != nil {
		return domain.Text{}, err
	}
	if content, err = v.content(disclosuresName); err != nil {
		return domain.Text{}, err
	}
	if record.Disclosures, err = readDisclosures(content); err != nil {
		return domain.Text{}, err
	}
	if record.Later, err = v.readLater(); err != nil {
		return domain.Text{}, err
	}
	v.later = map[string]bool{}
	for _, l := range record.Later {
		v.later[l.name()], v.later[l.name()+proofEnding] = true, true
	}
	if v.account, err = newAccount(record, v.tree()); err != nil {
		return domain.Text{}, err
	}
	if err := v.account.chronological(); err != nil {
		return domain.Text{}, err
	}
	if v.account.world.Season.Draft == nil {
		return domain.Text{}, refuse(eventsName, "không có sự kiện lập mùa thi đua %q", "there is no event that drafts the season %q", v.manifest.Season)
	}
	if v.manifest.Unit != "" && !v.account.world.Season.Member(v.manifest.Unit) {
		return domain.Text{}, refuse(manifestName, "%q không phải là thành viên của mùa", "%q is no member of the season", v.manifest.Unit)
	}
	n := len(record.Entries)
	return text("%d sự kiện đúng dạng, mỗi sự kiện là lá của cây tại vị trí của nó", "%d events are of the form, each the leaf of the tree at its position", n), nil
}

// chronological checks that recorded times don't fall.
func (a *account) chronological() error {
	var last time.Time
	for _, r := range a.lying {
		if r.Fault != nil {
			continue
		}
		if r.RecordedTime.Before(last) {
			return refuse(eventsName, "sự kiện ở vị trí %d được ghi trước sự kiện đứng trước nó", "the event at position %d was recorded before the one before it", r.Position)
		}
		last = r.RecordedTime
	}
	return nil
}

// completeStep checks that no event of the season is missing, as far as the events themselves tell: their versions go up by one.
func (v *verification) completeStep() (domain.Text, error) {
	a := v.account
	last, err := a.contiguous(func(r domain.Recorded) bool { return r.Stream.Season == a.Season }, func(r domain.Recorded) uint64 { return r.SeasonVersion })
	if err != nil {
		return domain.Text{}, err
	}
	for stream := range a.streams() {
		_, err := a.contiguous(func(r domain.Recorded) bool { return r.Stream == stream }, func(r domain.Recorded) uint64 { return r.StreamVersion })
		if err != nil {
			return domain.Text{}, err
		}
	}
	if v.manifest.Whole {
		if err := v.wholeLog(); err != nil {
			return domain.Text{}, err
		}
		return text("mọi sự kiện của sổ đều có ở đây; mùa có đúng %d sự kiện, không thiếu sự kiện nào", "every event of the log is here; the season has exactly %d events, none is missing", last), nil
	}
	if final := a.world.Season.Final; final != nil {
		return text("sự kiện 1…%d của mùa, không thiếu số nào; xếp hạng đã chốt dựa trên %d sự kiện đầu, đều có ở đây. Sau sự kiện %d, chỉ bộ hồ sơ toàn sổ (--whole) mới chứng minh là không còn sự kiện nào",
			"events 1…%d of the season without a hole; the final ranking stands on the first %d, all of which are here. That none came after event %d only a dossier of the whole log (--whole) can show", last, final.SeasonVersion, last), nil
	}
	return text("sự kiện 1…%d của mùa, không thiếu số nào. Sau sự kiện %d, chỉ bộ hồ sơ toàn sổ (--whole) mới chứng minh là không còn sự kiện nào",
		"events 1…%d of the season without a hole. That none came after event %d only a dossier of the whole log (--whole) can show", last, last), nil
}

// streams are those of which the dossier has events.
func (a *account) streams() map[domain.Stream]bool {
	streams := map[domain.Stream]bool{}
	for _, r := range a.events {
		if r.Stream.Aggregate != domain.AggregateLog {
			streams[r.Stream] = true
		}
	}
	return streams
}

// contiguous checks that the versions of some events go up by one from 1, and returns the last. One that was discarded may have had any. Where some
// are missing as many gaps of the log must lie there.
func (a *account) contiguous(of func(domain.Recorded) bool, version func(domain.Recorded) uint64) (last uint64, err error) {
	gaps := uint64(0) // since the event before
	for _, r := range a.events {
		if domain.IsGap(r) {
			gaps++
		}
		if !of(r) {
			continue
		}
		_, voided := r.Event.(*domain.Voided)
		n := version(r)
		if missing := n - last - 1; !voided && (n <= last || missing > gaps) {
			return last, refuse(eventsName, "thiếu sự kiện số %d của %s trước vị trí %d", "event %d of %s is missing before position %d", last+1, described(r), r.Position)
		}
		last, gaps = max(last, n), 0
	}
	return last, nil
}

func described(r domain.Recorded) string { return fmt.Sprintf("“%s”", r.Stream) }
