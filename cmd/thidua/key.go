package main

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/domain/signing"
)

func (a *app) keyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "key",
		Short: "The keys that people sign with: register, confirm, revoke, list; and the key of the sealed log",
		Long: "The public keys that people sign with. A key is registered for one unit and one person, for a time, and counts once it is confirmed: by a signature\n" +
			"of the key before it, or because its fingerprint stands in the minutes of a conference. docs/signing.md tells who can trust it, and why.",
		Args: cobra.NoArgs,
	}
	cmd.AddCommand(a.keyRegisterCommand(), a.keyStatementCommand(), a.keyConfirmCommand(), a.keyRevokeCommand(), a.keyListCommand(), a.keyLogCommand())
	return cmd
}

// keyAnswer is the form of what `key register|confirm|revoke --json` answer.
type keyAnswer struct {
	Fingerprint string          `json:"fingerprint"`
	Minutes     string          `json:"minutes"` // the fingerprint as it is printed in minutes
	Position    domain.Position `json:"position"`
}

func (a *app) showKey(id string, position domain.Position, vi, en string) error {
	if a.json {
		return a.answer(keyAnswer{id, signing.Grouped(id), position})
	}
	a.printf(vi, en, id, position)
	return nil
}

// alone opens the place for a command about keys.
func (a *app) alone(ctx context.Context, do func(*deed) error) error {
	return a.inPlace(ctx, "key", func(p *place) error { return do(&deed{app: a, place: p}) })
}

func (a *app) keyRegisterCommand() *cobra.Command {
	var public, holder, from, to string
	cmd := &cobra.Command{
		Use:   "register UNIT --public-key KEY --holder ACCOUNT --not-before TIME --not-after TIME",
		Short: "Register a key for a unit and a person; it counts once it is confirmed",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			key, err := publicKey(public)
			if err != nil {
				return err
			}
			c := domain.RegisterKey{KeyRegistered: domain.KeyRegistered{Key: key.String(), Unit: args[0]}}
			if c.NotBefore, err = dayOrMoment(from, "--not-before", false); err != nil {
				return err
			}
			if c.NotAfter, err = dayOrMoment(to, "--not-after", true); err != nil {
				return err
			}
			return a.alone(cmd.Context(), func(d *deed) error {
				c.At, c.Person = domain.InstantOf(a.now()), d.person(cmd.Context(), holder)
				d.said = []string{c.Key, c.Unit, c.Person, c.NotBefore.String(), c.NotAfter.String()}
				position, err := d.do(cmd.Context(), "key.registered", "", c)
				if err != nil {
					return err
				}
				return a.showKey(key.ID(), position, "Đã đăng ký khóa %s, ghi tại vị trí %d. Khóa có giá trị khi đã được xác nhận (thidua key confirm).",
					"Registered the key %s, at position %d. It counts once it is confirmed (thidua key confirm).")
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&public, "public-key", "", "the public key, “ssh-ed25519 AAAA…”, or a file with it")
	flags.StringVar(&holder, "holder", "", "account of whose key it is")
	flags.StringVar(&from, "not-before", "", "valid from this day or moment on")
	flags.StringVar(&to, "not-after", "", "valid until this day or moment")
	for _, name := range []string{"public-key", "holder", "not-before", "not-after"} {
		_ = cmd.MarkFlagRequired(name)
	}
	return cmd
}

// publicKey reads a public key, or a file with one; a comment behind it is left out.
func publicKey(text string) (signing.PublicKey, error) {
	if _, err := os.Stat(text); err == nil {
		content, err := readLimited(text)
		if err != nil {
			return signing.PublicKey{}, err
		}
		text = string(content)
	}
	fields := strings.Fields(text)
	key, err := signing.ParsePublicKey(strings.Join(fields[:min(len(fields), 2)], " "))
	if f, ok := errors.AsType[*signing.Fault](err); ok {
		return key, &domain.Problem{Rule: domain.RuleKeyForm, Field: "key", Text: domain.Text{VI: f.VI, EN: f.EN}}
	}
	return key, err
}

// fingerprint reads a fingerprint in either writing.
func fingerprint(text string) (string, error) {
	if id := signing.IDOf(text); id != "" {
		return id, nil
	}
	return "", &usageError{domain.Text{
		VI: "Vân tay viết dạng SHA256:… hoặc 64 chữ số hệ 16, không phải " + text, EN: "A fingerprint is SHA256:… or 64 hexadecimal digits, not " + text,
	}}
}

// aboutKey opens the place for a command about the key of a fingerprint.
func (a *app) aboutKey(ctx context.Context, written string, do func(d *deed, id string) error) error {
	id, err := fingerprint(written)
	if err != nil {
		return err
	}
	return a.alone(ctx, func(d *deed) error { return do(d, id) })
}

func (a *app) keyStatementCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "statement FINGERPRINT",
		Short: "The bytes that the key before a registered one signs to confirm it",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.aboutKey(cmd.Context(), args[0], func(d *deed, id string) error {
				events, err := d.place.log.Stream(cmd.Context(), domain.KeyStream(id))
				if err != nil {
					return err
				}
				for _, r := range events {
					if e, ok := r.Event.(*domain.KeyRegistered); ok {
						return a.showKeyStatement(e.Statement())
					}
				}
				return &failure{domain.Text{VI: "Khóa " + id + " chưa được đăng ký.", EN: "The key " + id + " is not registered."}}
			})
		},
	}
}

func (a *app) showKeyStatement(s signing.Statement) error {
	if a.json {
		return a.answer(statementAnswer{Statement: string(s.Bytes), SHA256: s.SHA256(), MediaType: s.Kind.MediaType(), Namespace: s.Kind.Namespace()})
	}
	_, err := a.out.Write(s.Bytes)
	return err
}

func (a *app) keyConfirmCommand() *cobra.Command {
	var minutes, scan, signature, by string
	cmd := &cobra.Command{
		Use:   "confirm FINGERPRINT --by ACCOUNT --minutes TEXT [--scan FILE] | --signature FILE",
		Short: "Confirm a key: by the minutes that have its fingerprint, or by the signature of the key before it",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if (minutes == "") == (signature == "") || scan != "" && minutes == "" {
				return &usageError{domain.Text{VI: "Cần một trong hai: --minutes BIÊN_BẢN [--scan TỆP] hoặc --signature TỆP", EN: "One of --minutes TEXT [--scan FILE] and --signature FILE is needed"}}
			}
			return a.aboutKey(cmd.Context(), args[0], func(d *deed, id string) error {
				return a.confirmKey(cmd.Context(), d, id, minutes, scan, signature, by)
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&minutes, "minutes", "", "which minutes have the fingerprint, such as their number and date")
	flags.StringVar(&scan, "scan", "", "file with a scan of the minutes")
	flags.StringVar(&signature, "signature", "", "file with the signature over what “key statement” wrote, by the key before it")
	flags.StringVar(&by, "by", "", "account of who says so")
	_ = cmd.MarkFlagRequired("by")
	return cmd
}

func (a *app) confirmKey(ctx context.Context, d *deed, id, minutes, scan, signature, by string) (err error) {
	c := domain.ConfirmKey{ID: id, At: domain.InstantOf(a.now())}
	c.By = d.person(ctx, by)
	d.said = []string{id, c.By}
	if scan != "" {
		c.Evidence = d.file(ctx, scan, "application/octet-stream")
	}
	if minutes != "" {
		c.Minutes = d.seal("minutes", minutes)
	} else {
		if c.Signature, c.Predecessor, err = readSignature(signature); err != nil {
			return err
		}
		if c.Chain, err = keyChain(ctx, d.place, c.Predecessor); err != nil {
			return err
		}
		d.said = append(d.said, c.Signature)
	}
	position, err := d.do(ctx, "key.confirmed", "", c)
	if err != nil {
		return err
	}
	return a.showKey(id, position, "Đã xác nhận khóa %s, ghi tại vị trí %d.", "Confirmed the key %s, at position %d.")
}

func (a *app) keyRevokeCommand() *cobra.Command {
	var from, reason, by string
	cmd := &cobra.Command{
		Use:   "revoke FINGERPRINT --reason TEXT --by ACCOUNT [--from TIME]",
		Short: "Revoke a key from a moment on: what it signs then does not count, nor what is taken in later",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.aboutKey(cmd.Context(), args[0], func(d *deed, id string) error {
				at, err := d.moment(from, "--from")
				if err != nil {
					return err
				}
				c := domain.RevokeKey{ID: id, At: domain.InstantOf(a.now()), KeyRevoked: domain.KeyRevoked{From: at, By: d.person(cmd.Context(), by), Reason: d.seal("reason", reason)}}
				d.said = []string{id, c.From.String(), c.By}
				position, err := d.do(cmd.Context(), "key.revoked", "", c)
				if err != nil {
					return err
				}
				return a.showKey(id, position, "Đã thu hồi khóa %s, ghi tại vị trí %d.", "Revoked the key %s, at position %d.")
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&from, "from", "", "the day or moment (default: now)")
	flags.StringVar(&reason, "reason", "", "why")
	flags.StringVar(&by, "by", "", "account of who revokes it")
	_ = cmd.MarkFlagRequired("by")
	return cmd
}
