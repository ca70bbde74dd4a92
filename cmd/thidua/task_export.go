package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"thidua/analytics"
	"thidua/domain"
	"thidua/tables"
	"thidua/workers/tasks"
)

// exportTask is the kind of an export of tables that is asked of a server.
const exportTask = "export"

// exportArgs are the args of an export, as the flags of the command have them.
type exportArgs struct {
	Format  string   `json:"format"`
	Dialect string   `json:"dialect,omitempty"`
	Tables  []string `json:"tables,omitempty"` // in order
	Season  string   `json:"season,omitempty"`
	Since   uint64   `json:"since,omitempty"` // a position
}

// key is the same for all that ask for the same.
func (args exportArgs) key() (string, error) {
	content, err := json.Marshal(args)
	return fmt.Sprintf("%x", sha256.Sum256(content)), err
}

// askExport asks a server for an export. Where the same is being made already it is made once more afterwards, for records may have come in since.
func (a *app) askExport(ctx context.Context, w exportWish) error {
	if w.previous != "" {
		return &usageError{domain.Text{
			VI: "--ask không đi cùng --since-manifest; hãy dùng --since với vị trí ghi trong manifest đó, hoặc xuất tại đây",
			EN: "--ask does not go with --since-manifest; give --since with the position in that manifest, or export here",
		}}
	}
	wish, err := w.wish(a)
	if err != nil {
		return err
	}
	if err := tables.Analytics().Check(wish.Tables); err != nil {
		return err
	}
	args := exportArgs{Format: w.format, Dialect: w.dialect, Tables: slices.Compact(slices.Sorted(slices.Values(w.Tables))), Season: w.Season, Since: w.position}
	key, err := args.key()
	if err != nil {
		return err
	}
	asked := tasks.Asked{Kind: exportTask, Args: args, Key: key, Again: true}
	return a.inPlace(ctx, "export", sound(func(p *place) error { return a.askFor(ctx, p, asked) }))
}

// exportKind makes exports. Any process can that reads the database.
func (a *app) exportKind(p *place) tasks.Kind {
	return tasks.Kind{Name: exportTask, Do: func(ctx context.Context, run *tasks.Run) error {
		var args exportArgs
		if err := run.Args(&args); err != nil {
			return err
		}
		asked := exportWish{format: args.Format, dialect: args.Dialect, position: args.Since, Wish: tables.Wish{Tables: args.Tables, Season: args.Season}}
		wish, err := asked.wish(a)
		if told, ok := errors.AsType[*usageError](err); ok { // of a newer version, which knows more forms
			return &refused{failure{told.text}}
		}
		if err != nil {
			return err
		}
		wish.Progress = run.Progress
		err = a.makeExport(ctx, p, run, wish)
		if told, ok := errors.AsType[*tables.Refusal](err); ok && !told.Passing() {
			return &refused{failure{told.Text()}}
		}
		return err
	}}
}

// makeExport writes an export of all that is on the log by now into a folder of its own, and from there as the task's result.
func (a *app) makeExport(ctx context.Context, p *place, run *tasks.Run, wish tables.Wish) (err error) {
	last, err := p.log.Last(ctx)
	if err != nil {
		return err
	}
	if err := a.awaitOthers(ctx, p, last); err != nil {
		return err
	}
	if err := analytics.Install(ctx, p.db); err != nil {
		return err
	}
	folder, err := newWorkFolder(a.scratchDir())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.remove()) }()
	out := filepath.Join(folder.path, "tables")
	m, err := tables.Analytics().Export(ctx, p.db, out, wish)
	if err != nil {
		return err
	}
	if err := run.Hold(ctx); err != nil {
		return err
	}
	w, err := run.Result(fmt.Sprintf("tables-%d-%s.zip", m.Position, m.Format))
	if err != nil {
		return err
	}
	if err := zipFolder(ctx, w, os.DirFS(out)); err != nil {
		return err
	}
	return w.Close()
}
