package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/workers"
)

// verifyAnswer is the form of `verify --json` (spec "cli").
type verifyAnswer struct {
	OK       bool            `json:"ok"`
	Position domain.Position `json:"position"`
	Events   uint64          `json:"events"`
	Checks   []workers.Check `json:"checks"`
}

func (a *app) verifyCommand() *cobra.Command {
	var season string
	var since []string
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check that the log is complete and unaltered, that every read model follows from it, and that every final ranking recomputes",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.reading(cmd.Context(), "verify", func(p *place) error { return a.verify(cmd.Context(), p, season, since) })
		},
	}
	cmd.Flags().StringVar(&season, "season", "", "recompute the final ranking of this season only")
	cmd.Flags().StringArrayVar(&since, "since", nil, "a file with a checkpoint that was kept elsewhere: the log must begin with the one that it is of (can be given again)")
	return cmd
}

func (a *app) verify(ctx context.Context, p *place, season string, since []string) error {
	verdict, err := a.verdict(ctx, p, season, since)
	if err != nil {
		return err
	}
	answer := verifyAnswer{OK: verdict.OK(), Position: verdict.Position, Events: verdict.Events, Checks: verdict.Checks}
	if a.json {
		if err := a.answer(answer); err != nil {
			return err
		}
	} else {
		a.showVerify(answer)
	}
	if !answer.OK {
		return errNo
	}
	return nil
}

// verdict verifies everything, or says what the log has lost: then there is nothing to compare the read models with.
func (a *app) verdict(ctx context.Context, p *place, season string, since []string) (*workers.Verdict, error) {
	if p.damaged() {
		return &workers.Verdict{Checks: []workers.Check{{Name: "log", Detail: a.explainError(p.damage)}}}, nil
	}
	cfg := a.workersConfig(p)
	var err error
	if cfg.Sealed, err = a.heldAgainst(ctx, p, since); err != nil {
		return nil, err
	}
	verdict, err := workers.Verify(ctx, cfg, season, a.progress("Đang kiểm tra", "Verifying"))
	if errors.Is(err, domain.ErrConflict) {
		return nil, &failure{domain.Text{
			VI: fmt.Sprintf("Chưa kiểm tra được: %v. Một lệnh khác đang kiểm tra; hãy chờ nó xong rồi chạy lại.", err),
			EN: fmt.Sprintf("It can't be verified now: %v. Another command is verifying; wait for its end and run this one again.", err),
		}}
	}
	return verdict, err
}

func (a *app) showVerify(answer verifyAnswer) {
	for _, c := range answer.Checks {
		mark := a.say("đúng", "ok")
		if !c.OK {
			mark = a.say("SAI", "WRONG")
		}
		fmt.Fprintf(a.out, "%-5s  %-28s %s\n", mark, c.Name, c.Detail)
	}
	if answer.OK {
		a.printf("Đã kiểm tra %d sự kiện đến vị trí %d: sổ sự kiện đầy đủ, không bị sửa; mọi bảng đọc và xếp hạng đã chốt tính lại đều khớp.",
			"Verified %d events up to position %d: the log is complete and unaltered; every read model and final ranking recomputes.", answer.Events, answer.Position)
		return
	}
	a.printf("Kiểm tra KHÔNG đạt (%d sự kiện đến vị trí %d). Chỗ sai đầu tiên ở trên.", "Verification FAILED (%d events up to position %d). The first difference is above.", answer.Events, answer.Position)
}
