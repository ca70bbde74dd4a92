package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"thidua/bundle"
	"thidua/domain"
	"thidua/tables"
)

// exportWish is what is asked of `thidua export --format`.
type exportWish struct {
	format, dialect, previous string
	position                  uint64
	ask                       bool
	tables.Wish
}

func (a *app) exportCommand() *cobra.Command {
	var w exportWish
	cmd := &cobra.Command{
		Use:   "export SEASON OUT | export --format FORMAT OUT | export --format FORMAT --ask",
		Short: "Write a season as a bundle, or the analytics tables as files",
		Long: "Without --format: write a season as a bundle, a folder or a .zip file, which can be imported elsewhere. It names people.\n\n" +
			"With --format parquet, csv or ndjson: write the tables of the schema analytics into the folder OUT, a folder each, all as of one position of the log,\n" +
			"with manifest.json (positions, rows, digests) and datapackage.json (what each column is). It names nobody. An earlier export in OUT is replaced, anything else\n" +
			"is not. The same position gives the same bytes. With --since-manifest only what has changed is written (docs/files.md).\n" +
			"With --ask a server makes it: the answer is the id of a task, and “thidua tasks show TASK --wait --save OUT.zip” its result.",
		Args: func(cmd *cobra.Command, args []string) error {
			if w.format == "" && !w.ask {
				return cobra.ExactArgs(2)(cmd, args)
			}
			return cobra.MaximumNArgs(2)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if w.format == "" {
				return a.exportBundle(cmd, args)
			}
			return a.export(cmd.Context(), w, args)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&w.format, "format", "", "write the analytics tables: parquet, csv or ndjson")
	flags.StringSliceVar(&w.Tables, "table", nil, "only this table, such as fact_value_v1; can be given more than once")
	flags.StringVar(&w.Season, "season", "", "only the rows of this season; tables that know no season come whole")
	flags.StringVar(&w.dialect, "dialect", "", "vi: CSV as Excel in Vietnamese opens it, with ; and decimal commas, and no text that it would calculate")
	flags.StringVar(&w.previous, "since-manifest", "", "only what has changed since the export with this manifest.json")
	flags.Uint64Var(&w.position, "since", 0, "only what events behind this position have changed")
	flags.BoolVar(&w.ask, "ask", false, "ask a server for the tables and print the task's id")
	cmd.MarkFlagsMutuallyExclusive("since", "since-manifest")
	return cmd
}

// exportBundle writes a season. What belongs to tables is not understood there.
func (a *app) exportBundle(cmd *cobra.Command, args []string) error {
	for _, name := range []string{"table", "season", "dialect", "since", "since-manifest", "ask"} {
		if cmd.Flags().Changed(name) {
			return &usageError{domain.Text{VI: "--" + name + " chỉ dùng cùng --format", EN: "--" + name + " goes with --format only"}}
		}
	}
	season, out := args[0], args[1]
	err := a.inPlace(cmd.Context(), "export", func(p *place) error { return bundle.Export(cmd.Context(), p.log, season, out) })
	if err != nil {
		return err
	}
	if a.json {
		return a.answer(map[string]string{"season": season, "out": out})
	}
	a.printf("Đã ghi mùa thi đua %s vào %s", "Wrote season %s to %s", season, out)
	return nil
}

// export makes an export of the tables here, or asks for one.
func (a *app) export(ctx context.Context, w exportWish, args []string) error {
	switch {
	case w.ask && len(args) == 0:
		return a.askExport(ctx, w)
	case !w.ask && len(args) == 1:
		return a.exportTables(ctx, w, args[0])
	}
	return &usageError{domain.Text{
		VI: "Hãy cho một thư mục (OUT), hoặc --ask để yêu cầu máy chủ xuất", EN: "Give a folder (OUT), or --ask for a server to make it",
	}}
}

// wish reads what the flags ask for.
func (w exportWish) wish(cmdline *app) (tables.Wish, error) {
	w.Format, w.Dialect = tables.Format(w.format), tables.Dialect(w.dialect)
	if !w.Format.Known() {
		return w.Wish, &usageError{domain.Text{VI: "--format là parquet, csv hoặc ndjson, không phải " + w.format, EN: "--format is parquet, csv or ndjson, not " + w.format}}
	}
	if w.Dialect != tables.Plain && (w.Dialect != tables.Vietnamese || w.Format != tables.CSV) {
		return w.Wish, &usageError{domain.Text{VI: "--dialect là vi, và chỉ dùng cùng --format csv", EN: "--dialect is vi, and goes with --format csv only"}}
	}
	if w.position > 0 {
		w.Since = &tables.Since{Position: w.position}
	}
	if w.previous != "" {
		previous, err := tables.ReadManifest(w.previous)
		if err != nil {
			return w.Wish, err
		}
		w.Previous, w.Since = previous, &tables.Since{Position: previous.Position, SHA256: previous.SHA256}
	}
	if cmdline.terminal() {
		w.Progress = cmdline.progress("Đang ghi bảng", "Writing tables")
	}
	return w.Wish, nil
}

// tablesMade is what `thidua export --format --json` answers.
type tablesMade struct {
	Out      string        `json:"out"`
	Position uint64        `json:"position"`
	Format   tables.Format `json:"format"`
	Rows     int64         `json:"rows"`
	SHA256   string        `json:"manifest_sha256"`
	Note     string        `json:"note"`
}

// exportTables writes the analytics tables.
func (a *app) exportTables(ctx context.Context, w exportWish, out string) error {
	wish, err := w.wish(a)
	if err != nil {
		return err
	}
	source := tables.Analytics()
	if err := source.Check(wish.Tables); err != nil {
		return err
	}
	return a.analysing(ctx, "export", func(p *place) error {
		m, err := source.Export(ctx, p.db, filepath.Clean(out), wish)
		if err != nil {
			return err
		}
		if a.json {
			return a.answer(tablesMade{out, m.Position, m.Format, m.Rows(), m.SHA256, m.Note})
		}
		a.printf("Đã ghi %d bảng, %d dòng, ở vị trí %d của sổ, vào %s", "Wrote %d tables, %d rows, of log position %d, to %s", len(m.Tables), m.Rows(), m.Position, out)
		a.printf("SHA-256 của manifest.json %s", "SHA-256 of manifest.json %s", m.SHA256)
		fmt.Fprintln(a.out, m.Note)
		return nil
	})
}
