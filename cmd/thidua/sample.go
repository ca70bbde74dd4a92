package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/domain/sampling"
	"thidua/seal"
)

// sampleRequest is what is asked of `sample`.
type sampleRequest struct {
	season, nonce, by string
	size              int
	redraw            bool
	wait              time.Duration
}

func (a *app) sampleCommand() *cobra.Command {
	var q sampleRequest
	cmd := &cobra.Command{
		Use:   "sample SEASON --size N --nonce TEXT | --redraw",
		Short: "Draw values of a season to recount, so that neither the inspector nor the operator can steer which",
		Long: "Draw values of a season to recount, weighted by the points at stake. First a digest of the nonce goes on the log; then the log is sealed and witnessed; then\n" +
			"the cells are drawn from the nonce and that checkpoint, and nonce and cells go on the log, so that anybody can draw them again (--redraw).\n" +
			"Choose the nonce by dice or “openssl rand -hex 16” and show it to nobody. The same command goes on where one was interrupted. See docs/sampling.md.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			q.season = args[0]
			if q.redraw == (q.nonce != "") || q.redraw == (q.size != 0) {
				return &usageError{domain.Text{VI: "hãy dùng --size và --nonce, hoặc --redraw", EN: "give --size and --nonce, or --redraw"}}
			}
			return a.sorting(cmd.Context(), "sample", func(p *place) error {
				if q.redraw {
					return a.redraw(cmd.Context(), p, q.season)
				}
				return a.sample(cmd.Context(), p, q)
			})
		},
	}
	cmd.Flags().IntVar(&q.size, "size", 0, fmt.Sprintf("how many values, 1 to %d", domain.SampleLimit))
	cmd.Flags().StringVar(&q.nonce, "nonce", "", fmt.Sprintf("a text of at least %d characters that nobody can guess", sampling.NonceMin))
	cmd.Flags().StringVar(&q.by, "by", "", "account of the inspector")
	cmd.Flags().BoolVar(&q.redraw, "redraw", false, "draw every sample of the season again and compare")
	cmd.Flags().DurationVar(&q.wait, "wait", time.Minute, "how long to wait for the checkpoint")
	return cmd
}

// sampleAnswer is one sample, in the form of `sample --json`.
type sampleAnswer struct {
	Season    string          `json:"season"`
	Size      int             `json:"size"`
	Committed domain.Position `json:"committed"`
	Drawn     domain.Position `json:"drawn"`
	// Checkpoint is how many events the checkpoint is over that the sample was drawn with, WitnessedAt when a quorum had cosigned it; null where the log had no witnesses.
	Checkpoint  int64               `json:"checkpoint"`
	WitnessedAt *string             `json:"witnessed_at"`
	Nonce       string              `json:"nonce"`
	Cells       []domain.SampleCell `json:"cells"`
}

// sample commits, waits for the checkpoint, and draws.
func (a *app) sample(ctx context.Context, p *place, q sampleRequest) error {
	nonce, commitment, err := sampling.Nonce(q.nonce)
	if err != nil {
		return err
	}
	policy, err := a.samplePolicy(ctx, p)
	if err != nil {
		return err
	}
	by, actor, err := sampler(ctx, p, q.by)
	if err != nil {
		return err
	}
	committed, err := a.commitSample(ctx, p, q, commitment, by, actor)
	if err != nil {
		return err
	}
	sample, err := sampleAt(ctx, p, q.season, committed)
	if err != nil {
		return err
	}
	if sample.Drawn == nil {
		a.tell("Đã cam kết tại vị trí %d; đang chờ mốc niêm phong.", "Committed at position %d; waiting for the checkpoint.", committed)
		head, err := a.awaitCheckpoint(ctx, p, policy, committed, q.wait)
		if err != nil {
			return err
		}
		if err := a.drawSample(ctx, p, q.season, sample, head, nonce, by, actor); err != nil {
			return err
		}
		if sample, err = sampleAt(ctx, p, q.season, committed); err != nil {
			return err
		}
	}
	return a.showSample(q.season, sample)
}

// samplePolicy is the policy that decides which checkpoint a sample is drawn with. Where there is none the log's own key is all that counts.
func (a *app) samplePolicy(ctx context.Context, p *place) (*seal.Policy, error) {
	keys, err := seal.ReadKeys(a.keyFile())
	if errors.Is(err, fs.ErrNotExist) && p.private {
		keys, err = a.logKeys(p.log.Origin()) // nothing was sealed yet
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	known := p.allVerifiers(ctx, keys)
	policy, err := a.logPolicy(nil)
	switch {
	case err != nil:
		return nil, err
	case policy == nil && len(keys) > 0:
		return seal.Witnessless(known...), nil
	case policy == nil || !policy.NamesLogs() && len(keys) == 0:
		return nil, &failure{domain.Text{
			VI: "Ở đây không có sổ niêm phong. Hãy chạy lệnh trên máy niêm phong, hoặc ghi khóa của sổ vào policy.txt (log KHÓA).",
			EN: "There is no sealed log here. Run the command where the log is sealed, or put the log's key into policy.txt (log KEY).",
		}}
	case !policy.NamesLogs():
		policy = policy.With(known...)
	}
	return policy, nil
}

// sampler is the ref of who samples, and the actor: the operator where no account is named.
func sampler(ctx context.Context, p *place, account string) (by, actor string, err error) {
	if account == "" {
		return "", "system:operator", nil
	}
	ref, known, err := p.log.LookUpPerson(ctx, account)
	if err == nil && !known {
		err = &domain.Problem{Rule: domain.RuleKnown, Field: "by", Text: domain.Text{
			VI: "không có người dùng với tài khoản này", EN: "nobody is registered with this account",
		}}
	}
	return ref, ref, err
}

func (a *app) commitSample(ctx context.Context, p *place, q sampleRequest, commitment, by, actor string) (domain.Position, error) {
	c := domain.CommitSample{Season: q.season, At: domain.InstantOf(a.now()), SampleCommitted: domain.SampleCommitted{
		Size: domain.Whole(strconv.Itoa(max(q.size, 0))), Commitment: commitment, By: by,
	}}
	issue := domain.Issue{ID: p.log.CommandID("inspection.sample-committed", q.season, commitment), Digest: domain.Digest(c.SampleCommitted), Actor: actor}
	return domain.Execute(ctx, p.log, q.season, c, issue, a.now)
}

func (a *app) drawSample(ctx context.Context, p *place, season string, s *domain.Sample, head *seal.Attestation, nonce, by, actor string) error {
	d := domain.DrawSample{Season: season, At: domain.InstantOf(a.now()), SampleDrawn: domain.SampleDrawn{
		Committed: s.Position, Nonce: nonce, Checkpoint: string(head.Note), By: by,
	}}
	if !head.By.IsZero() {
		d.WitnessedAt = domain.InstantOf(head.By)
	}
	events, err := p.log.Season(ctx, season, domain.Position(head.Size))
	if err != nil {
		return err
	}
	if d.Cells, err = sampling.Redraw(season, events, s.Position, nonce, d.Checkpoint); err != nil {
		return err
	}
	issue := domain.Issue{ID: p.log.CommandID("inspection.sample-drawn", season, s.Commitment), Digest: domain.Digest(d.SampleDrawn), Actor: actor}
	_, err = domain.Execute(ctx, p.log, season, d, issue, a.now)
	return err
}

// samples are a season's samples, oldest first.
func samples(ctx context.Context, p *place, season string) ([]domain.Sample, error) {
	events, err := p.log.Stream(ctx, domain.InspectionStream(season))
	if err != nil {
		return nil, err
	}
	w := domain.NewWorld(season, time.Time{})
	for _, r := range events {
		w.Evolve(r)
	}
	return w.Inspection.Samples, nil
}

func sampleAt(ctx context.Context, p *place, season string, committed domain.Position) (*domain.Sample, error) {
	all, err := samples(ctx, p, season)
	if err != nil {
		return nil, err
	}
	s := (&domain.Inspection{Samples: all}).Sample(committed)
	if s == nil {
		return nil, fmt.Errorf("sample at position %d: %w", committed, domain.ErrNotFound)
	}
	return s, nil
}

func (a *app) showSample(season string, s *domain.Sample) error {
	answer := sampleAnswerOf(season, s)
	if a.json {
		return a.answer(answer)
	}
	a.printf("Mẫu đã cam kết tại vị trí %d, rút tại vị trí %d với mốc niêm phong %d sự kiện.", "Sample committed to at position %d, drawn at position %d with the checkpoint of %d events.",
		answer.Committed, answer.Drawn, answer.Checkpoint)
	if answer.WitnessedAt == nil {
		a.printf("Không có người làm chứng: chỉ người vận hành bảo đảm cho mốc niêm phong này.", "Not witnessed: nobody but the operator vouches for this checkpoint.")
	} else {
		a.printf("Đủ người làm chứng ký lúc %s.", "A quorum of witnesses had cosigned it at %s.", *answer.WitnessedAt)
	}
	if len(answer.Cells) < answer.Size {
		a.printf("Mùa thi đua chỉ có %d ô rút được.", "The season has no more than %d values that can be drawn.", len(answer.Cells))
	}
	for _, c := range answer.Cells {
		fmt.Fprintf(a.out, "%s\t%s\t%s\n", c.Unit, c.Period, c.Criterion)
	}
	return nil
}

func sampleAnswerOf(season string, s *domain.Sample) sampleAnswer {
	answer := sampleAnswer{Season: season, Size: int(s.Size.Int()), Committed: s.Position, Drawn: s.DrawnAt, Cells: []domain.SampleCell{}}
	if s.Drawn == nil {
		return answer
	}
	answer.Nonce, answer.Cells = s.Drawn.Nonce, s.Drawn.Cells
	if c, err := seal.ReadUnverified([]byte(s.Drawn.Checkpoint)); err == nil {
		answer.Checkpoint = c.Size
	}
	if s.Drawn.WitnessedAt.Given() {
		at := s.Drawn.WitnessedAt.String()
		answer.WitnessedAt = &at
	}
	return answer
}
