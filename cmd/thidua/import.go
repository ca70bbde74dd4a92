package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"thidua/bundle"
)

func (a *app) importCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "import BUNDLE…",
		Short: "Take in season bundles (folders or .zip files), each whole or not at all",
		Long: "Take in season bundles (folders or .zip files), each whole or not at all.\n" +
			"A bundle that is in already changes nothing; a grown one adds what is new; one with any error changes nothing, and every error is listed.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, paths []string) error { return a.importAll(cmd.Context(), paths, dryRun) },
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "judge the bundle, and change nothing")
	return cmd
}

// importAll goes on after a bundle that is refused, so that one bad bundle of many does not hold up the rest.
func (a *app) importAll(ctx context.Context, paths []string, dryRun bool) error {
	p, err := a.open(ctx, "import")
	if err != nil {
		return err
	}
	defer p.close()
	refused := false
	for _, path := range paths {
		result, err := a.importOne(ctx, p, path, dryRun)
		if err != nil {
			return err
		}
		refused = refused || len(result.Errors) > 0
	}
	if refused {
		return errNo
	}
	return nil
}

func (a *app) importOne(ctx context.Context, p *place, path string, dryRun bool) (bundle.Result, error) {
	b, err := bundle.Open(ctx, path)
	if err != nil {
		return bundle.Result{}, err
	}
	defer func() { _ = b.Close() }()
	show := a.progress("Đang nhập", "Importing")
	result, err := b.Import(ctx, p.log, bundle.Options{
		Now: a.now, DryRun: dryRun, Actor: "system:import",
		Progress: func(done, total int) { show(uint64(done), uint64(total)) },
	})
	if err != nil {
		return result, fmt.Errorf("import %s: %w", path, err)
	}
	if a.json {
		return result, a.answer(result)
	}
	a.showImport(path, result, dryRun)
	return result, nil
}

func (a *app) showImport(path string, r bundle.Result, dryRun bool) {
	switch {
	case len(r.Errors) > 0:
		a.printf("%s: không nhập gì cả, có %d lỗi:", "%s: nothing was imported; it has %d errors:", path, len(r.Errors))
		for _, f := range r.Errors {
			fmt.Fprintf(a.out, "  %s  [%s]  %s\n", faultPlace(f), f.Rule, f.Message.In(a.lang))
		}
	case r.Unchanged:
		a.printf("%s: mùa thi đua %s đã có đủ, không có gì mới", "%s: season %s is in already, nothing is new", path, r.Season)
	case dryRun:
		a.printf("%s: mùa thi đua %s hợp lệ, sẽ thêm %d sự kiện", "%s: season %s is valid; %d events would be added", path, r.Season, r.Events)
	default:
		a.printf("%s: đã nhập mùa thi đua %s, thêm %d sự kiện, đến vị trí %d", "%s: imported season %s, %d events, up to position %d", path, r.Season, r.Events, r.Position)
	}
}

func faultPlace(f bundle.Fault) string {
	at := f.File
	if f.Line != nil {
		at = fmt.Sprintf("%s:%d", at, *f.Line)
	}
	if f.Column != "" {
		at += " " + f.Column
	}
	return at
}

func (a *app) exportCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "export SEASON OUT",
		Short: "Write a season as a bundle: a folder, or a .zip file",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.open(cmd.Context(), "export")
			if err != nil {
				return err
			}
			defer p.close()
			if err := bundle.Export(cmd.Context(), p.log, args[0], args[1]); err != nil {
				return err
			}
			if a.json {
				return a.answer(map[string]string{"season": args[0], "out": args[1]})
			}
			a.printf("Đã ghi mùa thi đua %s vào %s", "Wrote season %s to %s", args[0], args[1])
			return nil
		},
	}
}
