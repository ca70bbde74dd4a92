package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/examples/national"
)

func (a *app) generateCommand() *cobra.Command {
	c := national.Config{}
	cmd := &cobra.Command{
		Use:   "generate DIR",
		Short: "Write the bundles of a whole country's year, with illustrative figures",
		Long: "Write the bundles of a whole country's year into a new folder: communes in clusters of about ten, a bundle for each.\n" +
			"All names and figures are illustrative. The same seed gives the same files. Take them in with: thidua import DIR/*",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.generate(cmd.Context(), args[0], c) },
	}
	flags := cmd.Flags()
	flags.IntVar(&c.Units, "units", 3321, "communes in all")
	flags.IntVar(&c.Criteria, "criteria", 26, "criteria of each season")
	flags.IntVar(&c.Periods, "periods", 12, "periods of each season")
	flags.Uint64Var(&c.Seed, "seed", 1, "what the figures are drawn from")
	return cmd
}

func (a *app) generate(ctx context.Context, dir string, c national.Config) error {
	if err := bounds(c); err != nil {
		return err
	}
	if err := empty(dir); err != nil {
		return err
	}
	values, err := national.Write(ctx, dir, c, a.progress("Đang ghi", "Writing"))
	if err != nil {
		return err
	}
	if a.json {
		return a.answer(map[string]any{"out": dir, "units": c.Units, "values": values})
	}
	a.printf("Đã ghi %[3]d số liệu của %[2]d đơn vị vào %[1]s. Tất cả chỉ để minh hoạ.", "Wrote %[3]d values of %[2]d units into %[1]s. All of it is illustrative.", dir, c.Units, values)
	return nil
}

// bounds refuses a year that is too small or too large.
func bounds(c national.Config) error {
	for _, flag := range []struct {
		name        string
		value, most int
	}{{"units", c.Units, national.MaxUnits}, {"criteria", c.Criteria, national.MaxCriteria}, {"periods", c.Periods, national.MaxPeriods}} {
		if flag.value < 1 || flag.value > flag.most {
			return &usageError{domain.Text{
				VI: fmt.Sprintf("--%s phải từ 1 đến %d, không phải %d", flag.name, flag.most, flag.value),
				EN: fmt.Sprintf("--%s must be from 1 to %d, not %d", flag.name, flag.most, flag.value),
			}}
		}
	}
	return nil
}

// empty makes a folder, and refuses one that holds anything.
func empty(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	held, err := os.ReadDir(dir)
	if err == nil && len(held) > 0 {
		return &usageError{domain.Text{
			VI: fmt.Sprintf("thư mục %s không trống; hãy chọn một thư mục mới", dir),
			EN: fmt.Sprintf("the folder %s is not empty; choose a new one", dir),
		}}
	}
	return err
}
