package main

import (
	"archive/tar"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/migrations"
	"thidua/projections"
)

func (a *app) restoreCommand() *cobra.Command {
	var file, erasures string
	cmd := &cobra.Command{
		Use:   "restore FOLDER",
		Short: "Put a backup back, into a place where there is nothing yet",
		Long: "Put a backup back, into a place where there is nothing yet: an empty data directory, or an external NATS and Postgres without a log.\n" +
			"The log keeps its origin and gets a new epoch, so that it is never taken for the one that was backed up. Stopped anywhere, it is run again.\n" +
			"What was erased up to the backup is not put back. What was erased after it is not either, with a list of “thidua erase --list --json” (--erasures).\n" +
			"The passphrase comes from a file, or from " + passphraseVariable + ".",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r := &restoring{app: a, folder: filepath.Clean(args[0]), list: erasures}
			return r.run(cmd.Context(), file)
		},
	}
	cmd.Flags().StringVar(&file, "passphrase-file", "", "file with the passphrase")
	cmd.Flags().StringVar(&erasures, "erasures", "", "file with the erasures of the log since, as “thidua erase --list --json” gives them")
	return cmd
}

// restoring is a backup that is being put back.
type restoring struct {
	app      *app
	place    *place
	folder   string
	manifest *manifest
	keys     backupKeys
	identity age.Identity
	epoch    string

	list     string           // file with what was erased since
	erasures *domain.Erasures // of the backup, and of that list
	later    []erasureAnswer  // those of the list that the backup does not have
}

func (r *restoring) run(ctx context.Context, passphraseFile string) error {
	passphrase, err := r.app.passphrase(passphraseFile)
	if err != nil {
		return err
	}
	if r.manifest, err = readManifest(r.folder, r.app.progress("Đang kiểm tra bản sao lưu", "Checking the backup")); err != nil {
		return err
	}
	if err := r.openKeys(passphrase); err != nil {
		return err
	}
	if err := r.readErasures(); err != nil {
		return err
	}
	r.app.withoutLog = true
	return r.app.inPlace(ctx, "restore", func(p *place) error {
		r.place = p
		return r.restore(ctx)
	})
}

func (r *restoring) restore(ctx context.Context) error {
	if err := r.vacant(ctx); err != nil {
		return err
	}
	for _, put := range []func(context.Context) error{r.putStores, r.putLog, r.eraseAgain} {
		if err := put(ctx); err != nil {
			return err
		}
	}
	if r.app.json {
		return r.app.answer(map[string]any{"origin": r.manifest.Origin, "epoch": r.epoch, "position": r.manifest.Position})
	}
	r.app.printf("Đã khôi phục %s đến vị trí %d, kỷ nguyên mới %s. Hãy kiểm tra: thidua verify",
		"Restored %s up to position %d, in the new epoch %s. Now check it: thidua verify", r.manifest.Origin, r.manifest.Position, r.epoch)
	return nil
}

func (r *restoring) openKeys(passphrase string) error {
	identity, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return err
	}
	err = r.read(keysPart, identity, func(content io.Reader) error { return json.NewDecoder(content).Decode(&r.keys) })
	if _, wrong := errors.AsType[*age.NoIdentityMatchError](err); wrong {
		return &failure{domain.Text{VI: "Mật khẩu không đúng với bản sao lưu này.", EN: "The passphrase is not that of this backup."}}
	}
	if err != nil {
		return err
	}
	r.identity, err = age.ParseX25519Identity(r.keys.Identity)
	return err
}

// read decrypts a file of the backup.
func (r *restoring) read(name string, identity age.Identity, use func(io.Reader) error) error {
	f, err := os.Open(filepath.Join(r.folder, name))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	content, err := age.Decrypt(f, identity)
	if err == nil {
		err = use(content)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// vacant judges that there is no log yet, or only what an earlier try to restore the same one has left, and takes the epoch.
func (r *restoring) vacant(ctx context.Context) error {
	remains, err := eventlog.FindRemains(ctx, r.place.nc, r.app.logConfig())
	if err != nil {
		return err
	}
	checkpoints, err := projections.Checkpoints(ctx, r.place.db)
	if err != nil {
		return err
	}
	for _, c := range checkpoints {
		if c.Position > 0 {
			return occupied()
		}
	}
	migration, err := migrations.Version(ctx, r.place.db.DB)
	if err != nil {
		return err
	}
	if migration < r.manifest.Migration {
		return &failure{domain.Text{VI: "Bản sao lưu của một phiên bản thidua mới hơn.", EN: "The backup was made by a newer version of thidua."}}
	}
	switch {
	case remains.Filling && remains.Origin == r.manifest.Origin:
		r.epoch = remains.Epoch
		return nil
	case remains.Last > 0 || remains.Filling:
		return occupied()
	case remains.Found: // a log that nothing was written to
		if err := eventlog.RemoveStream(ctx, r.place.nc); err != nil {
			return err
		}
	}
	r.epoch, err = eventlog.NewEpoch(rand.Reader)
	return err
}

func occupied() error {
	return &failure{domain.Text{
		VI: "Ở đây đã có sổ sự kiện hoặc bảng đọc. Chỉ khôi phục vào chỗ trống: hãy chọn thư mục dữ liệu khác (--data-dir).",
		EN: "There is a log or there are read models here already. A backup is put back only where there is nothing: choose another data directory (--data-dir).",
	}}
}

// putStores puts back what lies beside the log, before the log: so what its events name is always there.
func (r *restoring) putStores(ctx context.Context) error {
	stores, err := r.app.openStores(ctx, r.place.nc)
	if err != nil {
		return err
	}
	if err := stores.PutSecret(ctx, r.keys.Secret); err != nil {
		return err
	}
	err = r.read(disclosuresPart, r.identity, func(content io.Reader) error { return r.putDisclosures(ctx, stores, content) })
	if err != nil {
		return err
	}
	err = r.read(evidencePart, r.identity, func(content io.Reader) error { return r.putEvidence(ctx, stores, content) })
	if err != nil {
		return err
	}
	err = r.read(privatePart, r.identity, func(content io.Reader) error { return migrations.PutPrivate(ctx, r.place.db.DB, content) })
	if err != nil {
		return err
	}
	return r.app.webhooks(r.place).PauseRestored(ctx) // a copy must not begin to send by itself
}

// putDisclosures puts entries back some at a time, but for what was erased.
func (r *restoring) putDisclosures(ctx context.Context, stores *eventlog.Log, content io.Reader) error {
	const together = 500
	var waiting []eventlog.Kept
	for decoder := json.NewDecoder(content); ; {
		var k eventlog.Kept
		err := decoder.Decode(&k)
		if err == nil && !k.Erased(r.erasures) {
			waiting = append(waiting, k)
		}
		if end := errors.Is(err, io.EOF); end || len(waiting) == together {
			if err := stores.PutKept(ctx, waiting); err != nil || end {
				return err
			}
			waiting = waiting[:0]
		}
		if err != nil {
			return err
		}
	}
}

func (r *restoring) putEvidence(ctx context.Context, stores *eventlog.Log, content io.Reader) error {
	for archive := tar.NewReader(content); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if r.erasures.Evidence[header.Name] > 0 {
			continue
		}
		if err := stores.PutEvidence(ctx, header.Name, header.Size, archive); err != nil {
			return err
		}
	}
}

// putLog puts the log back, and lets it be the log once every byte was compared.
func (r *restoring) putLog(ctx context.Context) error {
	f := eventlog.Filling{Epoch: r.epoch, Origin: r.manifest.Origin, Last: r.manifest.Position}
	err := r.lines(func(next func() (eventlog.Line, error)) error {
		return eventlog.Refill(ctx, r.place.nc, r.app.logConfig(), f, next, r.app.progress("Đang khôi phục", "Restoring"))
	})
	if err != nil {
		return err
	}
	show := r.app.progress("Đang so sánh", "Comparing")
	err = r.lines(func(next func() (eventlog.Line, error)) error {
		return eventlog.Compare(ctx, r.place.nc, r.app.logConfig(), next, func(done domain.Position) { show(done, r.manifest.Position) })
	})
	if err != nil {
		return err
	}
	return eventlog.Finish(ctx, r.place.nc, r.app.logConfig())
}

// lines reads the log of the backup from its beginning.
func (r *restoring) lines(use func(next func() (eventlog.Line, error)) error) error {
	f, err := os.Open(filepath.Join(r.folder, logPart))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return use(eventlog.NewTranscriptReader(f).Next)
}
