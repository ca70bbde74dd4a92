package main

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/domain/signing"
	"thidua/seal/cms"
)

func (a *app) signatureCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "signature",
		Short: "Signatures under pledges, final rankings and awards: what is to be signed, take one in, list them",
		Long: "Signatures under pledges, final rankings and awards. What is to be signed is written by “statement”, signed on the signer's own machine\n" +
			"(thidua sign, or ssh-keygen -Y sign), and taken in by “add”. docs/signing.md tells what each is worth to whom.",
		Args: cobra.NoArgs,
	}
	cmd.AddCommand(a.signatureStatementCommand(), a.signatureAddCommand(), a.signatureListCommand())
	return cmd
}

// signable names a thing that is signed.
type signable struct {
	pledge, award string
	ranking       bool
}

func (s *signable) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.pledge, "pledge", "", "the pledge of this unit")
	cmd.Flags().BoolVar(&s.ranking, "ranking", false, "the final ranking")
	cmd.Flags().StringVar(&s.award, "award", "", "the decision on an award, AWARD/UNIT")
}

// position finds what is named, 0 for a pledge that is not signed yet.
func (s *signable) position(w *domain.World) (domain.Position, error) {
	award, unit, isAward := strings.Cut(s.award, "/")
	switch {
	case s.pledge != "" && !s.ranking && s.award == "":
		if signatures := w.Pledge(s.pledge).Signatures; len(signatures) > 0 {
			return signatures[0].Position, nil
		}
		if !w.Season.Member(s.pledge) {
			return 0, notSignable(s.pledge)
		}
		return 0, nil
	case s.pledge == "" && s.ranking && s.award == "":
		if w.Season.Final == nil {
			return 0, &failure{domain.Text{VI: "Mùa thi đua chưa chốt xếp hạng.", EN: "The season's ranking is not finalised."}}
		}
		return w.Season.FinalAt, nil
	case s.pledge == "" && !s.ranking && isAward:
		i := slices.IndexFunc(w.Awards.Grants, func(g domain.Grant) bool { return g.Award == award && g.Unit == unit })
		if i < 0 {
			return 0, notSignable(s.award)
		}
		return w.Awards.Grants[i].Position, nil
	}
	return 0, &usageError{domain.Text{
		VI: "Hãy nêu đúng một: --pledge ĐƠN_VỊ, --ranking, hoặc --award HÌNH_THỨC/ĐƠN_VỊ", EN: "Name one of --pledge UNIT, --ranking and --award AWARD/UNIT",
	}}
}

func notSignable(what string) error {
	return &failure{domain.Text{
		VI: "Mùa thi đua không có giao ước hoặc quyết định của " + strconv.Quote(what) + ".", EN: "The season has no pledge or decision of " + strconv.Quote(what) + ".",
	}}
}

// statement is what is to be signed of what is named.
func (s *signable) statement(w *domain.World) (signing.Statement, domain.Position, error) {
	position, err := s.position(w)
	if err != nil {
		return signing.Statement{}, 0, err
	}
	if position == 0 {
		return domain.PledgeStatement(w.Season.ID, s.pledge, w.Pledge(s.pledge).Targets, w.Season.RulesetSHA256), 0, nil
	}
	statement, _ := w.Statement(position)
	return statement, position, nil
}

// statementAnswer is the form of `signature statement --json`: what a signer needs to see what is signed.
type statementAnswer struct {
	Statement string          `json:"statement"`
	SHA256    string          `json:"statement_sha256"`
	MediaType string          `json:"mediatype"`
	Namespace string          `json:"namespace"`
	Position  domain.Position `json:"position"`
	// Pledge has the targets and the ruleset of a pledge in full, whose digests the statement names.
	Pledge *pledgeDocument `json:"pledge,omitempty"`
}

type pledgeDocument struct {
	Season  string          `json:"season"`
	Unit    string          `json:"unit"`
	Targets []domain.Target `json:"targets"`
	Ruleset domain.Ruleset  `json:"ruleset"`
}

func (a *app) signatureStatementCommand() *cobra.Command {
	var s signable
	cmd := &cobra.Command{
		Use:   "statement SEASON --pledge UNIT | --ranking | --award AWARD/UNIT",
		Short: "The bytes that are to be signed; with --json beside them what they stand for",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.overSeason(cmd.Context(), "signature", args[0], func(_ *place, w *domain.World) error { return a.statement(w, s) })
		},
	}
	s.flags(cmd)
	return cmd
}

func (a *app) statement(w *domain.World, s signable) error {
	statement, position, err := s.statement(w)
	if err != nil {
		return err
	}
	if !a.json {
		_, err := a.out.Write(statement.Bytes) // these bytes and no line end: they are what is signed
		return err
	}
	answer := statementAnswer{
		Statement: string(statement.Bytes), SHA256: statement.SHA256(), MediaType: statement.Kind.MediaType(), Namespace: statement.Kind.Namespace(), Position: position,
	}
	if s.pledge != "" {
		answer.Pledge = &pledgeDocument{w.Season.ID, s.pledge, w.Pledge(s.pledge).Targets, w.Season.Ruleset()}
	}
	return a.answer(answer)
}

// overSeason opens the place and gives the world of a season, from the log.
func (a *app) overSeason(ctx context.Context, cmd, season string, ask func(*place, *domain.World) error) error {
	return a.inPlace(ctx, cmd, func(p *place) error {
		w, _, err := a.world(ctx, p, season, moment{})
		if err != nil {
			return err
		}
		return ask(p, w)
	})
}

// addFlags are what `signature add` is asked for.
type addFlags struct {
	signable
	signature, cms, signer, role, at string
}

func (a *app) signatureAddCommand() *cobra.Command {
	var f addFlags
	cmd := &cobra.Command{
		Use:   "add SEASON --pledge UNIT | --ranking | --award AWARD/UNIT --signature FILE | --cms FILE --signer ACCOUNT",
		Short: "Take in a signature; one that does not count is refused with the rule that it breaks",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if (f.signature == "") == (f.cms == "") || f.signer == "" {
				return &usageError{domain.Text{
					VI: "Cần --signer TÀI_KHOẢN, và một trong hai: --signature TỆP hoặc --cms TỆP", EN: "--signer ACCOUNT is needed, and one of --signature FILE and --cms FILE",
				}}
			}
			return a.overSeason(cmd.Context(), "signature", args[0], func(p *place, w *domain.World) error { return a.addSignature(cmd.Context(), p, w, f) })
		},
	}
	f.flags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.signature, "signature", "", "file with the DSSE envelope or the OpenSSH signature")
	flags.StringVar(&f.cms, "cms", "", "file with a detached CMS signature (.p7s) over the statement, laid beside as evidence")
	flags.StringVar(&f.signer, "signer", "", "account of who signed")
	flags.StringVar(&f.role, "role", "", "in which role")
	flags.StringVar(&f.at, "at", "", "when it was signed (default: now)")
	return cmd
}

// signatureAnswer is the form of `signature add --json`.
type signatureAnswer struct {
	Season   string          `json:"season"`
	Of       domain.Position `json:"signed_position"` // 0 for the signature that makes a pledge
	Position domain.Position `json:"position"`
	Key      string          `json:"key,omitempty"`
	SHA256   string          `json:"statement_sha256"`
}

func (a *app) addSignature(ctx context.Context, p *place, w *domain.World, f addFlags) error {
	statement, position, err := f.statement(w)
	if err != nil {
		return err
	}
	d := deed{app: a, place: p}
	at, err := d.moment(f.at, "--at")
	if err != nil {
		return err
	}
	added := domain.SignatureAdded{Position: position, Signer: d.person(ctx, f.signer), Role: d.seal("role", f.role)}
	d.said = []string{w.Season.ID, strconv.FormatUint(position, 10), f.pledge, added.Signer}
	answer := signatureAnswer{Season: w.Season.ID, Of: position, SHA256: statement.SHA256()}
	chain := []string{}
	if f.cms != "" {
		if err := checkCMS(f.cms, statement, at); err != nil {
			return err
		}
		added.Evidence = d.file(ctx, f.cms, "application/pkcs7-signature")
	} else if added.Signature, answer.Key, err = readSignature(f.signature); err == nil {
		chain, err = keyChain(ctx, p, answer.Key)
	}
	if err != nil {
		return err
	}
	d.said = append(d.said, added.Signature)
	var command domain.Command = domain.AddSignature{Season: w.Season.ID, At: at, SignatureAdded: added, Chain: chain}
	if position == 0 && f.cms == "" {
		command = domain.SignPledge{
			Season: w.Season.ID, Unit: f.pledge, At: at, Signer: added.Signer, Role: added.Role, Signature: added.Signature,
			Members: w.Season.Draft.Members, Chain: chain,
		}
	}
	if answer.Position, err = d.do(ctx, "signature.added", w.Season.ID, command); err != nil {
		return err
	}
	if a.json {
		return a.answer(answer)
	}
	a.printf("Đã nhận chữ ký, ghi tại vị trí %d.", "The signature is taken in, at position %d.", answer.Position)
	return nil
}

// readSignature reads a signature from a file, and the fingerprint of the key that it names.
func readSignature(name string) (text, key string, err error) {
	content, err := readLimited(name)
	if err != nil {
		return "", "", err
	}
	text = signing.Tidy(string(content))
	signature, err := signing.Parse(text)
	if f, ok := errors.AsType[*signing.Fault](err); ok {
		return "", "", &domain.Problem{Rule: domain.RuleSignatureForm, Field: "signature", Text: domain.Text{VI: f.VI, EN: f.EN}}
	}
	return text, signature.KeyID, err
}

// keyChain lists a key and the keys before it, as the record has them.
func keyChain(ctx context.Context, p *place, id string) ([]string, error) {
	chain := []string{id}
	for i := 0; i < len(chain); i++ {
		events, err := p.log.Stream(ctx, domain.KeyStream(chain[i]))
		if err != nil {
			return nil, err
		}
		for _, r := range events {
			for _, before := range domain.KeysNamed(r.Event) {
				if !slices.Contains(chain, before) {
					chain = append(chain, before)
				}
			}
		}
	}
	return chain, nil
}

// checkCMS refuses a file that is no CMS signature over what it is to lie beside. Whose it is, is not judged here.
func checkCMS(name string, s signing.Statement, at domain.Instant) error {
	content, err := readLimited(name)
	if err != nil {
		return err
	}
	if report := cms.Check(content, s, nil, at.Time()); !report.Signed {
		return &domain.Problem{Rule: domain.RuleSignatureWrong, Field: "signature", Text: report.Text()}
	}
	return nil
}
