package main

import (
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/seal/dossier"
)

// dossierAsk are the flags of `dossier verify`: what the reader brings along.
type dossierAsk struct {
	key, policy, since, minutes, witnessedSince string
}

func (a *app) dossierVerifyCommand() *cobra.Command {
	var ask dossierAsk
	cmd := &cobra.Command{
		Use:   "verify FILE --key KEY",
		Short: "Verify a dossier: no server, no data directory, nobody is asked",
		Long: "Verify a dossier step by step, up to the first that fails: signatures, the tree, every event's place in it, that none of the season is missing,\n" +
			"what the events disclose, and that ranking, awards and report follow from them. It needs no server and no data directory.\n" +
			"The log's public key (name+hash+key, as minutes print it) comes from you, never from the dossier. It ends with code 3 where anything is wrong.",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.verifyDossier(args[0], ask) },
	}
	flags := cmd.Flags()
	flags.StringVar(&ask.key, "key", "", "the log's public key, name+hash+key (required)")
	flags.StringVar(&ask.policy, "policy", "", "file with the witnesses that you ask for (C2SP tlog-policy)")
	flags.StringVar(&ask.witnessedSince, "witnessed-since", "", "the witnesses must have vouched at this time or later that they know of no larger log")
	flags.StringVar(&ask.since, "since", "", "file with an older checkpoint that you have kept: the log must only have grown since")
	flags.StringVar(&ask.minutes, "minutes", "", "file with fingerprints of keys from minutes that you hold, a line each: UNIT FINGERPRINT [FROM TO]")
	return cmd
}

// read opens what the flags name.
func (ask dossierAsk) read() (dossier.Ask, error) {
	read := dossier.Ask{Key: ask.key}
	if ask.key == "" {
		return read, &usageError{domain.Text{
			VI: "Hãy đưa khóa công khai của sổ: --key TÊN+MÃ+KHÓA, như in trong biên bản.", EN: "Give the log's public key: --key NAME+HASH+KEY, as minutes print it.",
		}}
	}
	for _, f := range []struct {
		path string
		to   func(content []byte)
	}{
		{ask.policy, func(content []byte) { read.Policy = string(content) }},
		{ask.since, func(content []byte) { read.Since = content }},
		{ask.minutes, func(content []byte) { read.Minutes = string(content) }},
	} {
		if f.path == "" {
			continue
		}
		content, err := readLimited(f.path)
		if err != nil {
			return read, err
		}
		f.to(content)
	}
	if ask.witnessedSince == "" {
		return read, nil
	}
	var err error
	read.WitnessedSince, err = parseFlag("--witnessed-since", ask.witnessedSince)
	return read, err
}

func (a *app) verifyDossier(path string, flags dossierAsk) error {
	ask, err := flags.read()
	if err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	verdict := dossier.Verify(f, info.Size(), ask)
	if a.json {
		err = a.answer(verdict.Answer())
	} else {
		a.showDossier(verdict)
	}
	if err == nil && !verdict.OK() {
		return errNo
	}
	return err
}

func (a *app) showDossier(v *dossier.Verdict) {
	for _, s := range v.Steps {
		mark := a.say("đúng", "ok")
		if !s.OK {
			mark = a.say("SAI", "WRONG")
		}
		fmt.Fprintf(a.out, "%-5s  %-12s %s\n", mark, s.Name, s.Text.In(a.lang))
	}
	if !v.OK() {
		a.printf("Bộ hồ sơ KHÔNG đạt. Chỗ sai đầu tiên ở trên.", "The dossier FAILED. The first thing that is wrong is above.")
		return
	}
	table := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, a.say("Hạng\tĐơn vị\tTổng điểm\tXếp loại", "Rank\tUnit\tTotal\tTier"))
	for _, s := range v.Standings {
		name := s.Name.VI
		if a.lang != "vi" && s.Name.EN != nil {
			name = *s.Name.EN
		}
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\n", s.Rank, name, a.number(s.Total), s.Tier)
	}
	_ = table.Flush()
	a.printf("Bộ hồ sơ của %s đúng trong mọi bước.", "The dossier of %s is right in every step.", v.Manifest.Season)
}
