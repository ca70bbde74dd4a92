package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"thidua/domain"
	"thidua/seal"
	"thidua/seal/dossier"
	"thidua/workers/tasks"
)

// dossierTask is the kind of a dossier that is asked of a server.
const dossierTask = "dossier"

// dossierArgs are the args of a dossier.
type dossierArgs struct {
	Season string `json:"season"`
	Unit   string `json:"unit,omitempty"`
	// At is the number of events of the checkpoint that it is as of, "" for the last.
	At    string `json:"at,omitempty"`
	Whole bool   `json:"whole,omitempty"`
}

// askDossier asks a server for a dossier.
func (a *app) askDossier(ctx context.Context, w dossierWish) error {
	if _, err := strconv.ParseInt(w.at, 10, 64); w.at != "" && err != nil {
		return &usageError{domain.Text{
			VI: "Với --ask, --at là số sự kiện của mốc niêm phong, không phải tệp", EN: "With --ask, --at is the number of events of a checkpoint, not a file",
		}}
	}
	args := dossierArgs{Season: w.season, Unit: w.unit, At: w.at, Whole: w.whole}
	asked := tasks.Asked{Kind: dossierTask, Args: args, Key: fmt.Sprintf("%s/%s/%s/%v", args.Season, args.Unit, args.At, args.Whole)}
	return a.inPlace(ctx, "dossier", sound(func(p *place) error { return a.askFor(ctx, p, asked) }))
}

// dossierKind makes dossiers in the process that seals: only there is the log's key.
func (a *app) dossierKind(p *place) tasks.Kind {
	return tasks.Kind{Name: dossierTask, Do: func(ctx context.Context, run *tasks.Run) error {
		var args dossierArgs
		if err := run.Args(&args); err != nil {
			return err
		}
		if err := a.sealAll(ctx, p); err != nil {
			return err
		}
		maker, keys, err := a.dossierMaker(ctx, p, dossierWish{season: args.Season, unit: args.Unit, at: args.At, whole: args.Whole})
		if told, ok := errors.AsType[*failure](err); ok { // such as of a season that there is not: another try would not help
			return &refused{*told}
		}
		if err != nil {
			return err
		}
		return makeDossier(ctx, p, run, args.Season+".zip", maker, keys)
	}}
}

// makeDossier writes the dossier as the task's result.
func makeDossier(ctx context.Context, p *place, run *tasks.Run, name string, maker *dossier.Maker, keys []seal.Key) error {
	w, err := run.Result(name)
	if err != nil {
		return err
	}
	_, err = maker.Write(w, dossier.Sources{
		Evidence: func(sha256 string) ([]byte, error) { return readEvidence(ctx, p, sha256) },
		Sign:     func(text string) ([]byte, error) { return seal.SignNote(text, keys...) },
		Progress: run.Progress,
	})
	if err != nil {
		return err
	}
	return w.Close()
}

// refused is a failure that another try would not mend.
type refused struct{ failure }

// Unwrap gives the kind.
func (*refused) Unwrap() error { return domain.ErrRefused }
