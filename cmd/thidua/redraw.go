package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"thidua/domain"
	"thidua/domain/sampling"
	"thidua/seal"
)

// redrawAnswer is one sample of `sample --redraw --json`.
type redrawAnswer struct {
	sampleAnswer
	OK bool `json:"ok"`
	// Passed is how many checkpoints with the commitment in them were published before the one that the sample was drawn with, and did not count as witnessed.
	Passed int `json:"passed"`
	// Wrong says what is wrong, null where nothing is.
	Wrong *domain.Text `json:"wrong"`
}

// redraw draws every sample of a season again and compares. The answer is "no" where one differs.
func (a *app) redraw(ctx context.Context, p *place, season string) error {
	policy, err := a.samplePolicy(ctx, p)
	if err != nil {
		return err
	}
	all, err := samples(ctx, p, season)
	if err != nil {
		return err
	}
	answers, ok := []redrawAnswer{}, true
	for _, s := range all {
		answer := redrawAnswer{sampleAnswer: sampleAnswerOf(season, &s), OK: true}
		if s.Drawn != nil {
			answer.Passed, err = a.redrawn(ctx, p, policy, season, s)
		}
		var told interface {
			error
			Text() domain.Text
		}
		switch {
		case errors.As(err, &told):
			text := told.Text()
			answer.OK, answer.Wrong, ok, err = false, &text, false, nil
		case err != nil:
			return err
		}
		answers = append(answers, answer)
	}
	a.showRedrawn(season, answers)
	if !ok {
		return errNo
	}
	return nil
}

// redrawn draws one sample again, from a checkpoint whose signatures hold, that is the log's, and that was the first of its kind.
func (a *app) redrawn(ctx context.Context, p *place, policy *seal.Policy, season string, s domain.Sample) (passed int, err error) {
	note := []byte(s.Drawn.Checkpoint)
	if !s.Drawn.WitnessedAt.Given() {
		policy = policy.Unwitnessed() // and the answer says so
	}
	head, err := policy.Check(note)
	if err == nil && s.Drawn.WitnessedAt.Given() && !head.By.Equal(s.Drawn.WitnessedAt.Time()) {
		err = fmt.Errorf("%v ≠ %s", head.By, s.Drawn.WitnessedAt)
	}
	if err != nil {
		return 0, wrongSample("chữ ký của mốc niêm phong không đúng theo chính sách: %v", "the signatures of its checkpoint do not hold by the policy: %v", err)
	}
	if own, err := policy.Check(seal.FirstSigned(s.Drawn.Checkpoint)); own == nil {
		return 0, wrongSample("chữ ký đầu tiên của mốc niêm phong không phải của sổ: %v", "the first signature of its checkpoint is not the log's: %v", err)
	}
	if root, err := seal.NewTree(os.DirFS(a.sealedDir()), head.Size).Root(); err != nil || root != head.Root {
		return 0, wrongSample("mốc niêm phong không phải của sổ này: gốc %v, %v", "its checkpoint is not of this log: root %v, %v", root, err)
	}
	earliest, passed, err := firstWitnessed(os.DirFS(a.sealedDir()), policy, s.Position)
	if err != nil {
		return 0, err
	}
	if earliest != nil && earliest.Size < head.Size {
		return 0, wrongSample("mốc niêm phong đầu tiên sau cam kết là %d, không phải %d", "the first witnessed checkpoint after the commitment is that of %d events, not of %d", earliest.Size, head.Size)
	}
	events, err := p.log.Season(ctx, season, domain.Position(head.Size))
	if err != nil {
		return 0, err
	}
	return passed, sampling.Check(season, events, *s.Drawn)
}

func wrongSample(vi, en string, args ...any) error {
	return &failure{domain.Text{VI: fmt.Sprintf(vi, args...), EN: fmt.Sprintf(en, args...)}}
}

func (a *app) showRedrawn(season string, answers []redrawAnswer) {
	if a.json {
		_ = a.answer(answers)
		return
	}
	if len(answers) == 0 {
		a.printf("Mùa thi đua %s chưa có mẫu nào.", "The season %s has no sample.", season)
	}
	for _, s := range answers {
		switch {
		case s.Wrong != nil:
			a.printf("Mẫu ở vị trí %d: SAI: %s", "Sample at position %d: WRONG: %s", s.Committed, s.Wrong.In(a.lang))
		case s.Drawn == 0:
			a.printf("Mẫu ở vị trí %d: đã cam kết, chưa rút", "Sample at position %d: committed to, not drawn", s.Committed)
		default:
			a.printf("Mẫu ở vị trí %d: rút lại giống hệt, %d ô; mốc niêm phong %d sự kiện, bỏ qua %d mốc; người làm chứng: %s",
				"Sample at position %d: drawn again the same, %d cells; checkpoint of %d events, %d passed over; witnessed: %s",
				s.Committed, len(s.Cells), s.Checkpoint, s.Passed, a.witnessedText(s.WitnessedAt))
		}
	}
}

func (a *app) witnessedText(at *string) string {
	if at == nil {
		return a.say("không có", "no")
	}
	return *at
}
