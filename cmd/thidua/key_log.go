package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/seal"
)

func (a *app) keyLogCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "log",
		Short: "Print the public key of the sealed log, for the minutes and for every verifier",
		Long: "Print the public key of the sealed log in the form of signed notes (name+hash+key): what fsck, torchwood and “thidua dossier verify” take.\n" +
			"While one key takes over from another both are printed, the older first. It is read from the file of the key (--log-key), and made where a log of this data directory has none.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.keyLog(cmd.Context()) },
	}
	cmd.AddCommand(a.keyLogRotateCommand(), a.keyLogRetireCommand())
	return cmd
}

// logKeyAnswer is the form of `key log --json`.
type logKeyAnswer struct {
	Origin string   `json:"origin"`
	Keys   []string `json:"keys"`
}

func (a *app) keyLog(ctx context.Context) error {
	keys, err := seal.ReadKeys(a.keyFile())
	if errors.Is(err, fs.ErrNotExist) {
		keys, err = a.firstLogKeys(ctx)
	}
	if err != nil {
		return err
	}
	answer := logKeyAnswer{Origin: keys[0].Origin()}
	for _, k := range keys {
		answer.Keys = append(answer.Keys, k.Public())
	}
	if a.json {
		return a.answer(answer)
	}
	for _, k := range answer.Keys {
		a.printf("%s", "%s", k)
	}
	return nil
}

// firstLogKeys makes the key of a log that was never sealed. Where there is no event yet there is none: somebody may be in the wrong folder, and its key
// would go into the minutes.
func (a *app) firstLogKeys(ctx context.Context) (keys []seal.Key, err error) {
	none := &failure{domain.Text{
		VI: "Chưa có khóa " + a.keyFile() + ". Khóa được tạo khi “thidua up” hoặc “thidua seal” chạy lần đầu; nếu khóa ở nơi khác, hãy dùng --log-key hoặc --data-dir.",
		EN: "There is no key " + a.keyFile() + " yet. It is made when “thidua up” or “thidua seal” runs first; if it lies elsewhere, use --log-key or --data-dir.",
	}}
	if _, err := os.Stat(a.natsDir()); err != nil || a.natsURL != "" {
		return nil, none
	}
	err = a.inPlace(ctx, "key log", func(p *place) error {
		last, err := p.log.Last(ctx)
		if err != nil || last == 0 || !p.private {
			return cmp.Or[error](err, none)
		}
		keys, err = a.logKeys(p.log.Origin())
		return err
	})
	return keys, err
}
