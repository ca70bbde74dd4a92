package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/domain/signing"
	"thidua/seal/cms"
)

// minutesFlag reads a list of fingerprints, none where no file is named.
func minutesFlag(name string) (signing.Minutes, error) {
	if name == "" {
		return signing.Minutes{}, nil
	}
	content, err := readLimited(name)
	if err != nil {
		return signing.Minutes{}, err
	}
	m, err := signing.ParseMinutes(string(content))
	if f, ok := errors.AsType[*signing.Fault](err); ok {
		return m, &failure{domain.Text{VI: name + ": " + f.VI, EN: name + ": " + f.EN}}
	}
	return m, err
}

func (a *app) signatureListCommand() *cobra.Command {
	var f listFlags
	cmd := &cobra.Command{
		Use:   "list SEASON [--minutes FILE] [--cms-roots FILE]",
		Short: "Every signature of a season, and what it is worth; exit code 3 where one does not count",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.reading(cmd.Context(), "signature", func(p *place) error { return a.listSignatures(cmd.Context(), p, args[0], f) })
		},
	}
	cmd.Flags().StringVar(&f.minutes, "minutes", "", "file with the fingerprints of the minutes that you hold")
	cmd.Flags().StringVar(&f.roots, "cms-roots", "", "file with the root certificates (PEM) that you trust, for CMS signatures")
	return cmd
}

// verdictAnswer is one signature of `signature list --json`.
type verdictAnswer struct {
	domain.SignatureVerdict
	Signer string  `json:"signer,omitempty"` // an account
	Rule   *string `json:"rule"`
	Reason *string `json:"reason"`
	// CMS says what of a CMS signature could be checked; null where there is none, or its file is gone.
	CMS *cms.Report `json:"cms,omitempty"`
}

// listFlags are what a reader brings along.
type listFlags struct{ minutes, roots string }

func (a *app) listSignatures(ctx context.Context, p *place, season string, f listFlags) error {
	minutes, err := minutesFlag(f.minutes)
	if err != nil {
		return err
	}
	roots, err := rootsFlag(f.roots)
	if err != nil {
		return err
	}
	w, _, err := a.world(ctx, p, season, moment{})
	if err != nil {
		return err
	}
	verdicts := w.Signatures(minutes)
	refs := make([]string, len(verdicts))
	for i, v := range verdicts {
		refs[i] = v.Signer
	}
	named, err := a.naming(ctx, p, refs, nil)
	if err != nil {
		return err
	}
	bad := false
	for _, v := range verdicts {
		bad = bad || v.Worth == domain.WorthRefused
		answer := verdictAnswer{SignatureVerdict: v}
		if v.Signer != "" {
			answer.Signer = named.account(v.Signer)
		}
		if answer.CMS, err = cmsReport(ctx, p, v, roots); err != nil {
			return err
		}
		bad = bad || answer.CMS != nil && !answer.CMS.Signed
		if err := a.showVerdict(answer); err != nil {
			return err
		}
	}
	if bad {
		return errNo
	}
	return nil
}

// cmsReport checks the file of a CMS signature, where the record has it still.
func cmsReport(ctx context.Context, p *place, v domain.SignatureVerdict, roots *x509.CertPool) (*cms.Report, error) {
	if v.Worth != domain.WorthEvidence || len(v.Evidence) == 0 {
		return nil, nil
	}
	file, err := p.log.Evidence(ctx, v.Evidence[0].SHA256)
	if errors.Is(err, domain.ErrNotFound) {
		return nil, nil // an erasure took it
	}
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(file, cms.SizeLimit+1))
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	report := cms.Check(content, v.Statement, roots, v.At.Time())
	return &report, nil
}

// rootsFlag reads root certificates, nil where no file is named.
func rootsFlag(name string) (*x509.CertPool, error) {
	if name == "" {
		return nil, nil
	}
	content, err := readLimited(name)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(content) {
		return nil, &failure{domain.Text{VI: name + " không có chứng thư nào dạng PEM.", EN: name + " has no certificate in PEM."}}
	}
	return pool, nil
}

func (a *app) showVerdict(v verdictAnswer) error {
	if v.Problem != nil {
		rule, why := string(v.Problem.Rule), v.Problem.Text.In(a.lang)
		v.Rule, v.Reason = &rule, &why
	}
	if a.json {
		return a.answer(v)
	}
	things := map[string]domain.Text{
		domain.SignedPledge: {VI: "giao ước", EN: "pledge"}, domain.SignedRanking: {VI: "xếp hạng", EN: "ranking"}, domain.SignedAward: {VI: "khen thưởng", EN: "award"},
	}
	of := strings.Join(strings.Fields(things[v.Of].In(a.lang)+" "+v.Award+" "+v.Unit), " ")
	line := []string{fmt.Sprintf("#%d", v.Position), of, v.Worth.Text().In(a.lang)}
	if v.Signer != "" {
		line = append(line, v.Signer, v.At.String())
	}
	if v.Key != "" {
		line = append(line, v.Key)
	}
	if v.CMS != nil {
		line = append(line, v.CMS.Text().In(a.lang))
	}
	if v.Reason != nil {
		line = append(line, *v.Reason)
	}
	_, err := fmt.Fprintln(a.out, strings.Join(line, "  "))
	return err
}
