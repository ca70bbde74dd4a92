package dossier

import (
	"errors"

	"thidua/domain"
	"thidua/domain/sampling"
	"thidua/seal"
)

// samplesStep draws every sample of the season again, from its nonce and its checkpoint (docs/sampling.md). The checkpoint must be of this log, and have the
// commitment in it. That none was witnessed between the commitment and this one, only the archive of all checkpoints can show.
func (v *verification) samplesStep() (domain.Text, error) {
	drawn, committed := 0, 0
	for _, s := range v.account.world.Inspection.Samples {
		committed++
		if s.Drawn == nil {
			continue
		}
		drawn++
		err := v.drawnFrom(*s.Drawn)
		if err == nil && v.account.Unit == "" {
			err = sampling.Check(v.account.Season, v.account.events, *s.Drawn)
		}
		if different, ok := errors.AsType[*sampling.Difference](err); ok {
			t := different.Text()
			return domain.Text{}, &Fault{File: eventsName, text: text("mẫu ở vị trí %[1]d: %[2]s", "the sample at position %[1]d: %[3]s", s.DrawnAt, t.VI, t.EN)}
		}
		if err != nil {
			return domain.Text{}, err
		}
	}
	if v.account.Unit != "" && drawn > 0 {
		return text("%d mẫu kiểm tra rút từ mốc của sổ này; muốn rút lại phải có hồ sơ của cả mùa", "%d samples are drawn from checkpoints of this log; to draw them again takes the dossier of the whole season", drawn), nil
	}
	return text("%[2]d mẫu kiểm tra rút lại đều giống hệt, trong %[1]d mẫu đã cam kết", "%[2]d samples drawn again are the same, of %[1]d committed to", committed, drawn), nil
}

// drawnFrom checks that a sample's checkpoint is one of this log, signed by its key, whose signature comes first since the draw hangs on it.
func (v *verification) drawnFrom(s domain.SampleDrawn) error {
	c, err := seal.ParseCheckpoint(seal.FirstSigned(s.Checkpoint), v.key)
	if err != nil {
		return refuse(eventsName, "mốc niêm phong của mẫu cam kết ở vị trí %d không do khóa %s ký trước tiên", "the checkpoint of the sample committed to at position %d is not signed first by the key %s", s.Committed, v.key.Name())
	}
	if root, err := v.tree().RootAt(c.Size); err != nil || root != c.Root || c.Origin != v.head.Origin {
		return refuse(eventsName, "mốc niêm phong của mẫu cam kết ở vị trí %d không phải của sổ này", "the checkpoint of the sample committed to at position %d is not of this log", s.Committed)
	}
	if v.ask.Policy == "" || !s.WitnessedAt.Given() {
		return nil
	}
	policy, err := seal.ParsePolicy([]byte(v.ask.Policy))
	if err != nil {
		return err
	}
	if seen, err := policy.With(v.key).Check([]byte(s.Checkpoint)); err != nil || !seen.By.Equal(s.WitnessedAt.Time()) {
		return refuse(eventsName, "mốc niêm phong của mẫu cam kết ở vị trí %d không đủ người làm chứng", "the checkpoint of the sample committed to at position %d has not the witnesses that it claims", s.Committed)
	}
	return nil
}
