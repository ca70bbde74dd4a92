package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"thidua/bundle"
	"thidua/domain"
	"thidua/projections"
	"thidua/workers/tasks"
)

// importTask is the kind of an import that is asked of a server.
const importTask = "import"

// importArgs are the args of an import. The bundle's own file name is not kept: it can name a person.
type importArgs struct {
	Bundle tasks.File `json:"bundle"`
}

// askImports asks a server to take bundles in. What is wrong with their form is told at once, and then nothing is sent of that bundle.
func (a *app) askImports(ctx context.Context, p *place, paths []string) error {
	var bad []string
	for _, path := range paths {
		taken, err := a.askImport(ctx, p, path)
		if err != nil {
			return err
		}
		if !taken {
			bad = append(bad, path)
		}
	}
	return a.sumUp(len(paths), bad, nil)
}

func (a *app) askImport(ctx context.Context, p *place, path string) (taken bool, err error) {
	queue, err := p.tasks()
	if err != nil {
		return false, err
	}
	b, err := bundle.Open(ctx, path)
	if err != nil {
		return false, err
	}
	defer func() { _ = b.Close() }()
	if faults := b.Judge(a.now()); len(faults) > 0 {
		return false, a.tellImport(path, bundle.Result{Season: b.Season(), Errors: faults}, false)
	}
	packed, err := queue.Scratch()
	if err != nil {
		return false, err
	}
	defer func() { _ = packed.Close() }()
	if err := b.Pack(ctx, packed); err != nil {
		return false, err
	}
	if _, err := packed.Seek(0, io.SeekStart); err != nil {
		return false, err
	}
	file, err := queue.PutInput(ctx, packed)
	if err != nil {
		return false, err
	}
	return true, a.askFor(ctx, p, tasks.Asked{Kind: importTask, Args: importArgs{file}, Key: file.SHA256})
}

// importKind takes bundles in, whole or not at all, as “thidua import” does. An import that was cut off goes on where it stopped: what is on the record is
// known by its content. The result is what “thidua import --json” answers.
func (a *app) importKind(p *place, queue *tasks.Queue) tasks.Kind {
	return tasks.Kind{Name: importTask, Do: func(ctx context.Context, run *tasks.Run) error {
		var args importArgs
		if err := run.Args(&args); err != nil {
			return err
		}
		result, err := a.importStored(ctx, p, queue, run, args.Bundle)
		if err != nil {
			return err
		}
		w, err := run.Result("import.json")
		if err != nil {
			return err
		}
		if err := errors.Join(json.NewEncoder(w).Encode(result), w.Close()); err != nil {
			return err
		}
		if n := len(result.Errors); n > 0 {
			return &refused{failure{domain.Text{
				VI: fmt.Sprintf("không nhập gì cả, gói có %d lỗi; danh sách lỗi là kết quả của việc này (--save)", n),
				EN: fmt.Sprintf("nothing was imported, the bundle has %d errors; the list of them is the task's result (--save)", n),
			}}}
		}
		return queue.DropInput(ctx, args.Bundle)
	}}
}

// importStored takes in a bundle that lies in the store.
func (a *app) importStored(ctx context.Context, p *place, queue *tasks.Queue, run *tasks.Run, file tasks.File) (result bundle.Result, err error) {
	packed, err := queue.Scratch()
	if err != nil {
		return result, err
	}
	defer func() { _ = packed.Close() }()
	stored, err := queue.Input(ctx, file)
	if errors.Is(err, domain.ErrNotFound) {
		return result, &refused{failure{domain.Text{
			VI: "gói không còn trong kho (đã quá hạn, hoặc đã xoá cùng dữ liệu cá nhân); hãy nhập lại từ tệp gốc",
			EN: "the bundle is not in the store any more (expired, or gone with an erasure); import it again from its file",
		}}}
	}
	if err == nil {
		_, err = io.Copy(packed, stored)
	}
	if err != nil {
		return result, err
	}
	b, err := bundle.OpenZip(ctx, "bundle.zip", packed, file.Size)
	if err != nil {
		return result, err
	}
	defer func() { _ = b.Close() }()
	if err := run.Hold(ctx); err != nil {
		return result, err
	}
	return b.Import(ctx, p.log, bundle.Options{
		Now: a.now, Actor: "system:import",
		Parked: func(ctx context.Context, season string) ([]domain.Position, error) {
			return projections.ParkedPositions(ctx, p.db, season)
		},
		Progress: func(done, total int) { run.Progress(uint64(done), uint64(total)) },
	})
}
