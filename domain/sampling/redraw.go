package sampling

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"thidua/domain"
)

// Redraw draws a season's sample from the season's events, in the order of the log. Those behind the checkpoint do not count, nor do discards that
// stand behind it. It proves nothing of the checkpoint itself: whose signatures it has, and whether it was the first that was witnessed after the commitment, is for
// the caller to judge. The error is a *Difference where the commitment is not in the checkpoint or to another nonce.
func Redraw(season string, events []domain.Recorded, committed domain.Position, nonce, checkpoint string) ([]domain.SampleCell, error) {
	size, err := sizeOf(checkpoint)
	if err != nil {
		return nil, err
	}
	events = slices.DeleteFunc(slices.Clone(events), func(r domain.Recorded) bool { return r.Position > size })
	w := domain.NewWorld(season, time.Time{})
	for _, r := range domain.Void(events) {
		w.Evolve(r)
	}
	sample := w.Inspection.Sample(committed)
	if sample == nil {
		return nil, refused(
			fmt.Sprintf("mốc niêm phong với %d sự kiện không có cam kết lấy mẫu ở vị trí %d", size, committed),
			fmt.Sprintf("the checkpoint of %d events does not have the commitment at position %d in it", size, committed))
	}
	if got, err := commitmentTo(nonce); err != nil || got != sample.Commitment {
		return nil, refused(
			fmt.Sprintf("chuỗi bí mật không phải là chuỗi đã cam kết ở vị trí %d", committed),
			fmt.Sprintf("the nonce is not the one committed to at position %d", committed))
	}
	seed, err := Seed(nonce, checkpoint)
	if err != nil {
		return nil, err
	}
	return Draw(seed, Cells(w), int(sample.Size.Int())), nil
}

// Check draws a sample again and compares it with the one on the log. The error is a *Difference that names the first cell that differs.
func Check(season string, events []domain.Recorded, drawn domain.SampleDrawn) error {
	cells, err := Redraw(season, events, drawn.Committed, drawn.Nonce, drawn.Checkpoint)
	if err != nil {
		return err
	}
	for i := range max(len(cells), len(drawn.Cells)) {
		if got, want := cellAt(drawn.Cells, i), cellAt(cells, i); got != want {
			return refused(
				fmt.Sprintf("ô thứ %d của mẫu là %s, rút lại thì được %s", i+1, got, want),
				fmt.Sprintf("cell %d of the sample is %s, drawn again it is %s", i+1, got, want))
		}
	}
	return nil
}

func cellAt(cells []domain.SampleCell, i int) string {
	if i >= len(cells) {
		return "–"
	}
	return cells[i].Unit + "/" + cells[i].Period + "/" + cells[i].Criterion
}

// sizeOf reads how many events a checkpoint has.
func sizeOf(checkpoint string) (domain.Position, error) {
	lines := strings.SplitN(checkpoint, "\n", 3)
	if len(lines) == 3 {
		if size, err := strconv.ParseUint(lines[1], 10, 63); err == nil {
			return size, nil
		}
	}
	return 0, fmt.Errorf("sampling: the checkpoint has no size: %w", domain.ErrInvalid)
}

// Difference says why a sample is not the one that its nonce and checkpoint give.
type Difference struct{ text domain.Text }

func refused(vi, en string) error { return &Difference{domain.Text{VI: vi, EN: en}} }

func (e *Difference) Error() string { return e.text.EN }

// Unwrap gives the kind domain.ErrRefused.
func (e *Difference) Unwrap() error { return domain.ErrRefused }

// Text says it in both languages.
func (e *Difference) Text() domain.Text { return e.text }
