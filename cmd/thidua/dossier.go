package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/internal/page"
	"thidua/seal"
	"thidua/seal/dossier"
)

// dossierWish is what is asked of `thidua dossier`.
type dossierWish struct {
	season, out, unit, at string
	whole, ask            bool
}

func (a *app) dossierCommand() *cobra.Command {
	var w dossierWish
	cmd := &cobra.Command{
		Use:   "dossier SEASON OUT.zip | dossier SEASON --ask",
		Short: "Write a season's record into a file that proves itself",
		Long: "Write a season's record into a file that proves itself: every event in full, the hashes of all others, evidence, texts, ranking, awards, signatures,\n" +
			"and a report. Whoever has the log's public key verifies it without us: thidua dossier verify. It holds names of people; hand it on accordingly.\n" +
			"The same season, checkpoint and erasures give the same bytes.\n" +
			"With --ask the server that has the log's key makes it: the answer is the id of a task, and “thidua tasks show TASK --wait --save OUT.zip” its result.",
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if w.ask != (len(args) == 1) {
				return &usageError{domain.Text{
					VI: "Hãy cho tên tệp mới (OUT.zip), hoặc --ask để yêu cầu máy chủ lập hồ sơ", EN: "Give a new file (OUT.zip), or --ask for a server to make it",
				}}
			}
			if w.season = args[0]; w.ask {
				return a.askDossier(cmd.Context(), w)
			}
			w.season, w.out = args[0], filepath.Clean(args[1])
			return a.dossier(cmd.Context(), w)
		},
	}
	cmd.Flags().StringVar(&w.unit, "unit", "", "texts and evidence of this member only; the figures of all are in it, for a ranking follows from all")
	cmd.Flags().StringVar(&w.at, "at", "", "as of this checkpoint: a file with one, or the number of events at which one was published (default the last)")
	cmd.Flags().BoolVar(&w.whole, "whole", false, "with every event of the whole log, as clients of C2SP tlog-tiles read it")
	cmd.Flags().BoolVar(&w.ask, "ask", false, "ask a server for it and print the task's id")
	cmd.AddCommand(a.dossierVerifyCommand())
	return cmd
}

// dossierMade is what `thidua dossier --json` answers. Key, Page and SHA256 are for the minutes.
type dossierMade struct {
	Season string `json:"season"`
	Unit   string `json:"unit,omitempty"`
	File   string `json:"file"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	Files  int    `json:"files"`
	Origin string `json:"origin"`
	Size   int64  `json:"size"`
	Root   string `json:"root"`
	Key    string `json:"key"`
	Page   string `json:"page_sha256"`
}

func (a *app) dossier(ctx context.Context, w dossierWish) error {
	if exists(w.out) {
		return &failure{domain.Text{VI: w.out + " đã có; hãy cho một tên tệp mới", EN: w.out + " is there already; name a new file"}}
	}
	return a.inPlace(ctx, "dossier", sound(func(p *place) error { return a.makeDossier(ctx, p, w) }))
}

func (a *app) makeDossier(ctx context.Context, p *place, w dossierWish) error {
	maker, keys, err := a.dossierMaker(ctx, p, w)
	if err != nil {
		return err
	}
	made, err := a.writeDossier(ctx, p, w, maker, keys)
	if err != nil {
		return err
	}
	if a.json {
		return a.answer(made)
	}
	a.printf("Đã ghi %s: %d tệp, %d byte, mốc niêm phong %d sự kiện.", "Wrote %s: %d files, %d bytes, checkpoint of %d events.", made.File, made.Files, made.Bytes, made.Size)
	a.printf("Để ghi vào biên bản: khóa của sổ %s", "For the minutes: the log's key %s", made.Key)
	a.printf("  SHA-256 của hồ sơ %s", "  SHA-256 of the dossier %s", made.SHA256)
	a.printf("  SHA-256 của verify.html %s", "  SHA-256 of verify.html %s", made.Page)
	return nil
}

// dossierMaker collects what the dossier is made from.
func (a *app) dossierMaker(ctx context.Context, p *place, w dossierWish) (*dossier.Maker, []seal.Key, error) {
	head, keys, err := a.dossierHead(ctx, p, w.at)
	if err != nil {
		return nil, nil, err
	}
	record := dossier.Record{Season: w.season, Unit: w.unit, Whole: w.whole, Checkpoint: head}
	if record.Page, err = page.HTML(); err != nil {
		return nil, nil, &failure{domain.Text{
			VI: "Chương trình này được dựng thiếu trang verify.html. Hãy dựng lại bằng: make build", EN: "This program was built without the page verify.html. Build it with: make build",
		}}
	}
	if record.Policy, err = a.dossierPolicy(keys); err != nil {
		return nil, nil, err
	}
	files := os.DirFS(a.sealedDir())
	if record, err = dossier.Collect(ctx, p.log, files, record); err != nil {
		return nil, nil, err
	}
	maker, err := dossier.NewMaker(record, files)
	if err != nil {
		return nil, nil, err
	}
	if !maker.Drafted() {
		return nil, nil, a.noSeason(domain.ErrNotFound, w.season)
	}
	if w.unit != "" && !maker.Member(w.unit) {
		return nil, nil, &failure{domain.Text{
			VI: fmt.Sprintf("%q không phải là thành viên của mùa %s.", w.unit, w.season), EN: fmt.Sprintf("%q is no member of the season %s.", w.unit, w.season),
		}}
	}
	return maker, keys, nil
}

// dossierPolicy is the policy that this log is sealed by, or one that names its key and asks for no witness.
func (a *app) dossierPolicy(keys []seal.Key) (string, error) {
	_, content, err := a.readPolicy()
	if err != nil || content != nil {
		return string(content), err
	}
	var policy strings.Builder
	for _, k := range keys {
		policy.WriteString("log " + k.Public() + "\n")
	}
	policy.WriteString("quorum none\n")
	return policy.String(), nil
}

// writeDossier writes the dossier under another name until it is whole.
func (a *app) writeDossier(ctx context.Context, p *place, w dossierWish, maker *dossier.Maker, keys []seal.Key) (*dossierMade, error) {
	made := &dossierMade{Season: w.season, Unit: w.unit, File: w.out, Key: keys[len(keys)-1].Public()}
	part := w.out + ".partial"
	sum, err := writeDigested(part, func(to io.Writer) error {
		manifest, err := maker.Write(to, dossier.Sources{
			Evidence: func(sha256 string) ([]byte, error) { return readEvidence(ctx, p, sha256) },
			Sign:     func(text string) ([]byte, error) { return seal.SignNote(text, keys...) },
			Progress: a.progress("Đang lập hồ sơ", "Making the dossier"),
		})
		if err != nil {
			return err
		}
		made.Files, made.Origin, made.Size, made.Root = len(manifest.Files), manifest.Origin, manifest.Size, manifest.Root
		made.Page = manifest.SHA256(page.Name)
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, ignoreMissing(os.Remove(part)))
	}
	made.Bytes, made.SHA256 = sum.Size, sum.SHA256
	return made, rename(part, w.out)
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func readEvidence(ctx context.Context, p *place, sha256 string) ([]byte, error) {
	r, err := p.log.Evidence(ctx, sha256)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(r)
	return content, errors.Join(err, r.Close())
}
