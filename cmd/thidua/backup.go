package main

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/migrations"
)

func (a *app) backupCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "backup FOLDER",
		Short: "Write a backup of everything that can't be rebuilt into a new folder",
		Long: "Write a backup into a new folder: the log byte by byte, disclosures, evidence, the schema private, and the keys. What can name a\n" +
			"person is encrypted; whoever has lost the passphrase has lost the backup. Read models are not in it: they are rebuilt.\n" +
			"The passphrase comes from a file, or from " + passphraseVariable + ".",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			b := &backup{app: a, folder: filepath.Clean(args[0])}
			return b.run(cmd.Context(), file)
		},
	}
	cmd.Flags().StringVar(&file, "passphrase-file", "", "file with the passphrase")
	return cmd
}

// backup is a backup that is being written, in a folder of another name until it is complete.
type backup struct {
	app       *app
	place     *place
	folder    string
	manifest  manifest
	recipient age.Recipient
	keys      backupKeys
	named     map[string]string // the evidence that events name, and the digests of its names
	erasures  *domain.Erasures  // as the log has them that is backed up
}

func (b *backup) run(ctx context.Context, passphraseFile string) error {
	passphrase, err := b.app.passphrase(passphraseFile)
	if err != nil {
		return err
	}
	if exists(b.folder) {
		return &failure{domain.Text{VI: b.folder + " đã có; hãy cho một thư mục mới", EN: b.folder + " is there already; name a new folder"}}
	}
	return b.app.inPlace(ctx, "backup", sound(func(p *place) error {
		b.place = p
		return b.make(ctx, passphrase)
	}))
}

// make writes the backup under another name and gives it its own when it is complete.
func (b *backup) make(ctx context.Context, passphrase string) error {
	if err := os.RemoveAll(b.part()); err != nil { // what an earlier try has left
		return err
	}
	if err := os.MkdirAll(b.part(), 0o700); err != nil {
		return err
	}
	if err := b.write(ctx, passphrase); err != nil {
		return errors.Join(err, os.RemoveAll(b.part()))
	}
	if err := rename(b.part(), b.folder); err != nil {
		return err
	}
	if b.app.json {
		return b.app.answer(b.manifest)
	}
	b.app.printf("Đã sao lưu %s đến vị trí %d, %d tệp minh chứng, vào %s.", "Backed up %s up to position %d, with %d files of evidence, into %s.",
		b.manifest.Origin, b.manifest.Position, b.manifest.Evidence, b.folder)
	return nil
}

// part is a file of the backup, or the folder itself, while it is not complete.
func (b *backup) part(name ...string) string {
	return filepath.Join(append([]string{b.folder + ".partial"}, name...)...)
}

// write writes the files. The log comes first: whatever its events name was stored before them, and is found after it.
func (b *backup) write(ctx context.Context, passphrase string) error {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	b.recipient, b.keys.Identity = identity.Recipient(), identity.String()
	b.manifest = manifest{
		Format: backupFormat, Made: b.app.now().UTC(), Origin: b.place.log.Origin(), Epoch: b.place.log.Epoch(),
		Recipient: identity.Recipient().String(), Files: map[string]digest{},
	}
	b.named = map[string]string{}
	if b.manifest.Migration, err = migrations.Version(ctx, b.place.db.DB); err != nil {
		return err
	}
	b.manifest.Files[logPart], err = writeDigested(b.part(logPart), func(w io.Writer) error { return b.writeLog(ctx, w) })
	if err != nil {
		return err
	}
	for _, part := range []struct {
		name  string
		write func(context.Context, io.Writer) error
	}{
		{disclosuresPart, b.writeDisclosures},
		{evidencePart, b.writeEvidence},
		{privatePart, func(ctx context.Context, w io.Writer) error { return migrations.CopyPrivate(ctx, b.place.db.DB, w) }},
	} {
		b.manifest.Files[part.name], err = writeEncrypted(b.part(part.name), b.recipient, func(w io.Writer) error { return part.write(ctx, w) })
		if err != nil {
			return err
		}
	}
	if err := b.settled(ctx); err != nil {
		return err
	}
	if err := b.writeKeys(passphrase); err != nil {
		return err
	}
	_, err = writeDigested(b.part(manifestFile), func(w io.Writer) error { return json.NewEncoder(w).Encode(b.manifest) })
	return err
}

func (b *backup) writeLog(ctx context.Context, w io.Writer) (err error) {
	last, err := b.place.log.Last(ctx)
	if err != nil {
		return err
	}
	show := b.app.progress("Đang sao lưu", "Backing up")
	b.manifest.Position, err = b.place.log.Transcribe(ctx, w, func(r domain.Recorded) error {
		show(min(r.Position, last), last)
		for _, file := range domain.EvidenceOf(r.Event) {
			b.named[file.SHA256] = ""
			if file.Name != nil {
				b.named[file.SHA256] = file.Name.Digest
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	b.erasures, err = b.place.log.Erasures(ctx)
	return err
}

// writeDisclosures writes what the bucket holds, but for what is erased, and the secret, which goes to the keys.
func (b *backup) writeDisclosures(ctx context.Context, w io.Writer) error {
	encoder := json.NewEncoder(w)
	return b.place.log.EachKept(ctx, func(k eventlog.Kept) error {
		if k.Secret() {
			b.keys.Secret = string(k.Value)
			return nil
		}
		if k.Erased(b.erasures) {
			return nil
		}
		b.manifest.Disclosure++
		return encoder.Encode(k)
	})
}

// writeEvidence writes the files as a tar archive, each named by its digest. One that an event names and that is not there fails the backup, unless it
// was erased.
func (b *backup) writeEvidence(ctx context.Context, w io.Writer) error {
	files, err := b.place.log.EvidenceFiles(ctx)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(w)
	for _, f := range files {
		if b.erasures.Evidence[f.SHA256] > 0 {
			continue
		}
		if err := b.writeEvidenceFile(ctx, archive, f); err != nil {
			return err
		}
		delete(b.named, f.SHA256)
		b.manifest.Evidence++
	}
	if err := b.forgetErased(ctx); err != nil {
		return err
	}
	for missing := range b.named {
		return &failure{domain.Text{
			VI: fmt.Sprintf("Thiếu %d tệp minh chứng mà sổ sự kiện nêu, một trong số đó là %s.", len(b.named), missing),
			EN: fmt.Sprintf("%d files of evidence that the log names are missing, one of them is %s.", len(b.named), missing),
		}}
	}
	return archive.Close()
}

// forgetErased leaves of the files that are named and not there those that were not erased, here or before they were named here.
func (b *backup) forgetErased(ctx context.Context) error {
	names, err := b.place.log.Disclose(ctx, slices.Collect(maps.Values(b.named)))
	maps.DeleteFunc(b.named, func(sha256, name string) bool {
		_, _, before := domain.ParseFileMark(names[name])
		return before || b.erasures.Evidence[sha256] > 0
	})
	return err
}

// settled judges that nothing was erased behind the log that was backed up: what its events name would be missing, and nothing would say why.
func (b *backup) settled(ctx context.Context) error {
	now, err := b.place.log.Erasures(ctx)
	if err != nil {
		return err
	}
	for _, position := range now.Positions() {
		if position > b.manifest.Position {
			return &failure{domain.Text{
				VI: fmt.Sprintf("Trong khi sao lưu đã có việc xoá dữ liệu cá nhân (vị trí %d); hãy chạy lại.", position),
				EN: fmt.Sprintf("Somebody was erased while the backup was made (position %d); run it again.", position),
			}}
		}
	}
	return nil
}

func (b *backup) writeEvidenceFile(ctx context.Context, archive *tar.Writer, f eventlog.EvidenceFile) error {
	if err := archive.WriteHeader(&tar.Header{Name: f.SHA256, Size: f.Size, Mode: 0o600, Format: tar.FormatPAX}); err != nil {
		return err
	}
	content, err := b.place.log.Evidence(ctx, f.SHA256)
	if err != nil {
		return err
	}
	_, err = io.Copy(archive, content)
	return errors.Join(err, content.Close())
}

// writeKeys encrypts the keys to the passphrase, slowly on purpose (scrypt), so that guesses are slow too.
func (b *backup) writeKeys(passphrase string) error {
	recipient, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return err
	}
	b.manifest.Files[keysPart], err = writeEncrypted(b.part(keysPart), recipient, func(w io.Writer) error { return json.NewEncoder(w).Encode(b.keys) })
	return err
}
