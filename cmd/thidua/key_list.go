package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/domain/signing"
	"thidua/projections"
)

func (a *app) keyListCommand() *cobra.Command {
	var unit, minutes string
	cmd := &cobra.Command{
		Use:   "list [--unit UNIT] [--minutes FILE]",
		Short: "The keys, whose they are, how each is confirmed, and whether you can trust it",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.reading(cmd.Context(), "key", func(p *place) error { return a.listKeys(cmd.Context(), p, unit, minutes) })
		},
	}
	cmd.Flags().StringVar(&unit, "unit", "", "of this unit only")
	cmd.Flags().StringVar(&minutes, "minutes", "", "file with the fingerprints of the minutes that you hold")
	return cmd
}

// keyLine is one key of `key list --json`.
type keyLine struct {
	projections.Key
	Holder  string `json:"holder"`
	Minutes string `json:"minutes"` // the fingerprint as it is printed in minutes
	// Trusted says that the minutes which the reader named have the key, or one that confirms it along a chain of signatures.
	Trusted bool `json:"trusted"`
}

func (a *app) listKeys(ctx context.Context, p *place, unit, file string) error {
	minutes, err := minutesFlag(file)
	if err != nil {
		return err
	}
	keys, err := projections.Keys(ctx, p.db, unit)
	if err != nil {
		return err
	}
	refs := make([]string, len(keys))
	for i, k := range keys {
		refs[i] = k.Person
	}
	named, err := a.naming(ctx, p, refs, nil)
	if err != nil {
		return err
	}
	lines := []keyLine{}
	for _, k := range keys {
		line := keyLine{Key: k, Holder: named.account(k.Person), Minutes: signing.Grouped(k.Fingerprint)}
		if line.Trusted, err = a.trusted(ctx, p, k.Fingerprint, minutes); err != nil {
			return err
		}
		lines = append(lines, line)
	}
	if a.json {
		return a.answer(lines)
	}
	return a.showKeys(lines)
}

// trusted judges a key by the minutes that the reader holds, from the log itself.
func (a *app) trusted(ctx context.Context, p *place, id string, minutes signing.Minutes) (bool, error) {
	chain, err := keyChain(ctx, p, id)
	if err != nil {
		return false, err
	}
	w := domain.NewWorld("", a.now())
	for _, id := range chain {
		events, err := p.log.Stream(ctx, domain.KeyStream(id))
		if err != nil {
			return false, err
		}
		for _, r := range events {
			w.Evolve(r)
		}
	}
	return w.KeyTrusted(id, minutes), nil
}

func (a *app) showKeys(lines []keyLine) error {
	if len(lines) == 0 {
		a.printf("Chưa có khóa nào.", "There is no key.")
		return nil
	}
	table := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, a.say("Đơn vị\tChủ khóa\tVân tay\tGiá trị\tXác nhận", "Unit\tHolder\tFingerprint\tValid\tConfirmed"))
	for _, k := range lines {
		how := a.say("chưa", "no")
		switch {
		case k.RevokedFrom != nil:
			how = a.say("đã thu hồi từ ", "revoked from ") + *k.RevokedFrom
		case k.Trusted:
			how = a.say("có trong biên bản của bạn", "by your minutes")
		case k.Confirmed == projections.ConfirmedByKey:
			how = a.say("bằng khóa trước nó", "by the key before it")
		case k.Confirmed == projections.ConfirmedByMinutes:
			how = a.say("theo lời bên vận hành", "by the operator's word")
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s – %s\t%s\n", k.Unit, k.Holder, k.Fingerprint, k.NotBefore, k.NotAfter, how)
	}
	return table.Flush()
}
