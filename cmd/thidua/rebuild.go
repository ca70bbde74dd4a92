package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/projections"
	"thidua/workers"
)

// rebuildFlags are what `rebuild` is asked to do.
type rebuildFlags struct{ all, undo, dropOld bool }

func (a *app) rebuildCommand() *cobra.Command {
	var flags rebuildFlags
	cmd := &cobra.Command{
		Use:   "rebuild PROJECTION...",
		Short: "Build read models anew from the log beside the live ones, and swap them in",
		Long: "Build read models anew from the log beside the live ones, and swap each in within one short transaction. Whoever reads or projects goes on.\n" +
			"Killed at any point, it can be run again and goes on where it was. What was swapped out is kept: --undo brings it up to date and puts it\n" +
			"back, --drop-old drops it; the next rebuild takes its place.",
		RunE: func(cmd *cobra.Command, args []string) error { return a.rebuild(cmd.Context(), args, flags) },
	}
	cmd.Flags().BoolVar(&flags.all, "all", false, "every read model")
	cmd.Flags().BoolVar(&flags.undo, "undo", false, "put back what the last rebuild swapped out, or this version in the place of a newer one")
	cmd.Flags().BoolVar(&flags.dropOld, "drop-old", false, "drop what was kept for --undo")
	return cmd
}

func (a *app) rebuild(ctx context.Context, names []string, flags rebuildFlags) error {
	if flags.all != (len(names) == 0) || flags.undo && flags.dropOld {
		return &usageError{domain.Text{
			VI: "Hãy nêu tên bảng đọc, hoặc --all; và chỉ một trong --undo, --drop-old",
			EN: "name the read models, or give --all; and only one of --undo and --drop-old",
		}}
	}
	return a.reading(ctx, "rebuild", func(p *place) error {
		cfg := a.workersConfig(p)
		if !flags.all {
			var err error
			if cfg.Projections, err = chosen(cfg.Projections, names); err != nil {
				return err
			}
		}
		return explainRebuild(a.rebuildChosen(ctx, cfg, flags))
	})
}

// chosen finds projections by name.
func chosen(all []projections.Projection, names []string) (some []projections.Projection, err error) {
	known := make([]string, len(all))
	for i, p := range all {
		known[i] = p.Name
		if slices.Contains(names, p.Name) {
			some = append(some, p)
		}
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, &usageError{domain.Text{VI: fmt.Sprintf("Không có bảng đọc %q; có: %v", name, known), EN: fmt.Sprintf("There is no projection %q; there are: %v", name, known)}}
		}
	}
	return some, nil
}

func (a *app) rebuildChosen(ctx context.Context, cfg workers.Config, flags rebuildFlags) error {
	names := make([]string, len(cfg.Projections))
	for i, p := range cfg.Projections {
		names[i] = p.Name
	}
	if flags.dropOld {
		return a.dropOld(ctx, cfg, names)
	}
	work, vi, en := workers.Rebuild, "Đã dựng lại %s đến vị trí %d.", "Rebuilt %s up to position %d."
	if flags.undo {
		work, vi, en = workers.Undo, "Đã đưa bản trước của %s trở lại, đến vị trí %d.", "Put back what was before of %s, up to position %d."
	}
	position, err := work(ctx, cfg, a.progress("Đang dựng lại", "Rebuilding"))
	if err != nil {
		return err
	}
	if a.json {
		return a.answer(map[string]any{"projections": names, "position": position})
	}
	a.printf(vi, en, strings.Join(names, ", "), position)
	return nil
}

func (a *app) dropOld(ctx context.Context, cfg workers.Config, names []string) error {
	dropped, err := workers.DropOld(ctx, cfg)
	if err != nil {
		return err
	}
	if a.json {
		return a.answer(map[string]any{"projections": names, "dropped": append([]string{}, dropped...)})
	}
	a.printf("Đã bỏ %[2]d bản cũ của %[1]s.", "Dropped %[2]d old generations of %[1]s.", strings.Join(names, ", "), len(dropped))
	return nil
}

// explainRebuild says what to do about the errors that a person can do something about.
func explainRebuild(err error) error {
	switch {
	case errors.Is(err, domain.ErrNotFound):
		return &failure{domain.Text{
			VI: "Không có bản trước nào để đưa trở lại (mỗi lần dựng lại chỉ giữ một bản, --drop-old bỏ nó đi).",
			EN: "There is nothing before to put back: a rebuild keeps one generation, and --drop-old drops it.",
		}}
	case errors.Is(err, domain.ErrConflict):
		return &failure{domain.Text{
			VI: fmt.Sprintf("Chưa dựng lại được: %v. Nếu một lệnh khác đang dựng lại, hãy chờ nó xong rồi chạy lại lệnh này.", err),
			EN: fmt.Sprintf("It can't be rebuilt now: %v. If another command is rebuilding, wait for its end and run this one again.", err),
		}}
	}
	return err
}
