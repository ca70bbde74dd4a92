package tables

import (
	"fmt"
	"slices"

	"thidua/domain"
)

// follows judges that an export can go on from the one before.
func (w Wish) follows(m *Manifest) error {
	p := w.Previous
	switch {
	case w.Since == nil:
		return nil
	case p != nil && (p.Epoch != m.Epoch || p.Schema != m.Schema):
		return &Refusal{text: domain.Text{
			VI: "Lần xuất trước là của một sổ khác; hãy xuất lại toàn bộ.", EN: "The export before is of another log; export everything anew.",
		}}
	case w.Since.Position > m.Position:
		return &Refusal{text: domain.Text{
			VI: fmt.Sprintf("Các bảng mới đến vị trí %d của sổ, trước vị trí %d; hãy xuất lại toàn bộ.", m.Position, w.Since.Position),
			EN: fmt.Sprintf("The tables are of position %d of the log, before position %d; export everything anew.", m.Position, w.Since.Position),
		}}
	case p != nil && (p.Format != m.Format || p.Dialect != m.Dialect || p.Season != m.Season):
		return &Refusal{text: domain.Text{
			VI: "Lần xuất trước có định dạng, kiểu CSV hoặc mùa thi đua khác; hãy yêu cầu như lần trước, hoặc xuất lại toàn bộ.",
			EN: "The export before has another format, dialect or season; ask for the same, or export everything anew.",
		}}
	}
	return nil
}

// changed lists the seasons whose rows may be others than those of the export before, in order. One that was not whole, or is not, may be others at
// any time, since events that were set aside are taken in later.
func (w Wish) changed(m *Manifest) []string {
	if w.Since == nil {
		return nil
	}
	changed := []string{}
	for _, s := range m.Seasons {
		before := Season{ID: s.ID, Position: s.Position, Complete: true, Sensitive: s.Sensitive} // as far as a position alone tells
		if w.Previous != nil {
			i := slices.IndexFunc(w.Previous.Seasons, func(o Season) bool { return o.ID == s.ID })
			if i < 0 {
				changed = append(changed, s.ID)
				continue
			}
			before = w.Previous.Seasons[i]
		} else if s.Position > w.Since.Position {
			before.Complete = false
		}
		if !s.Complete || !before.Complete || s.Position != before.Position || !slices.Equal(s.Sensitive, before.Sensitive) {
			changed = append(changed, s.ID)
		}
	}
	return changed
}
