package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"thidua/bundle"
	"thidua/domain"
	"thidua/projections"
)

func (a *app) importCommand() *cobra.Command {
	var dryRun, ask bool
	cmd := &cobra.Command{
		Use:   "import BUNDLE…",
		Short: "Take in season bundles (folders or .zip files), each whole or not at all",
		Long: "Take in season bundles (folders or .zip files), each whole or not at all.\n" +
			"A bundle that is in already changes nothing; a grown one adds what is new; one with any error changes nothing, and every error is listed.\n" +
			"With --ask a server takes them in: each bundle is sent to it, and the answer is the id of a task (thidua tasks show).",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, paths []string) error {
			switch {
			case ask && dryRun:
				return &usageError{domain.Text{VI: "--ask và --dry-run không đi cùng nhau", EN: "--ask and --dry-run don't go together"}}
			case ask:
				return a.inPlace(cmd.Context(), "import", sound(func(p *place) error { return a.askImports(cmd.Context(), p, paths) }))
			}
			return a.inPlace(cmd.Context(), "import", func(p *place) error { return a.importAll(cmd.Context(), p, paths, dryRun) })
		},
	}
	cmd.Flags().BoolVar(&ask, "ask", false, "ask a server to take them in and print the tasks' ids")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "judge the bundle, and change nothing")
	return cmd
}

// importAll goes on after a bundle that is refused or can't be read, so that one bad bundle of many does not hold up the rest, and names those
// at the end. Where the log fails it stops: it would fail the next ones too.
func (a *app) importAll(ctx context.Context, p *place, paths []string, dryRun bool) error {
	var refused, unread []string
	for i, path := range paths {
		b, err := bundle.Open(ctx, path)
		switch {
		case err != nil && (ctx.Err() != nil || len(paths) == 1):
			return err
		case err != nil:
			fmt.Fprintln(a.err, a.explainError(err))
			unread = append(unread, path)
			continue
		}
		result, err := a.importOne(ctx, p, b, path, placeOf(i, len(paths)), dryRun)
		if err != nil {
			return err
		}
		if len(result.Errors) > 0 {
			refused = append(refused, path)
		}
	}
	return a.sumUp(len(paths), refused, unread)
}

// placeOf is which bundle of all this is, for the progress.
func placeOf(index, of int) string {
	if of == 1 {
		return ""
	}
	return fmt.Sprintf(" (%d/%d)", index+1, of)
}

// importOne takes one bundle in and closes it.
func (a *app) importOne(ctx context.Context, p *place, b *bundle.Bundle, path, place string, dryRun bool) (bundle.Result, error) {
	defer func() { _ = b.Close() }()
	show := a.progress("Đang nhập"+place, "Importing"+place)
	result, err := b.Import(ctx, p.log, bundle.Options{
		Now: a.now, DryRun: dryRun, Actor: "system:import",
		Parked: func(ctx context.Context, season string) ([]domain.Position, error) {
			return projections.ParkedPositions(ctx, p.db, season)
		},
		Progress: func(done, total int) { show(uint64(done), uint64(total)) },
	})
	if err != nil {
		return result, fmt.Errorf("import %s: %w", path, err)
	}
	return result, a.tellImport(path, result, dryRun)
}

func (a *app) tellImport(path string, result bundle.Result, dryRun bool) error {
	if a.json {
		return a.answer(result)
	}
	a.showImport(path, result, dryRun)
	return nil
}

// sumUp says of many bundles which are not in, and chooses how the command ends.
func (a *app) sumUp(all int, refused, unread []string) error {
	if bad := slices.Concat(refused, unread); all > 1 && len(bad) > 0 {
		fmt.Fprintln(a.err, fmt.Sprintf(a.say("%d trong %d gói không được nhập: %s", "%d of %d bundles were not taken: %s"), len(bad), all, strings.Join(bad, ", ")))
	}
	switch {
	case len(unread) > 0:
		return errTold
	case len(refused) > 0:
		return errNo
	}
	return nil
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
