package main

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"thidua/domain"
)

// eraseFlags are what `erase` is asked for.
type eraseFlags struct {
	basis, by             string
	approve               domain.Position
	evidence, disclosures []string
	positions             []uint
	textsOnly, dryRun     bool
	resume, list          bool
}

func (a *app) eraseCommand() *cobra.Command {
	var f eraseFlags
	var approve uint64
	cmd := &cobra.Command{
		Use:   "erase [PERSON] --basis TEXT --by ACCOUNT | --approve POSITION --by ACCOUNT",
		Short: "Erase who a person is, and texts and files that name them, everywhere: one proposes, another approves",
		Long: "Erase who a person is (account and name), and texts and files of evidence that name them: in the stores, in the read models, in exports and backups\n" +
			"that are made from then on. The record and every proof stay as they are: it has digests only.\n" +
			"PERSON is an account or a ref. One person proposes; nothing is erased until another approves by the position of the proposal.\n" +
			"Signers and deciders are kept for the archive term; texts and files can go all the same, with --texts-only or without PERSON.\n" +
			"Backups made before still hold what was erased: see docs/erasure.md.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.approve = approve
			return a.erase(cmd.Context(), strings.Join(args, ""), f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.basis, "basis", "", "the legal ground of the erasure, without the person's name")
	flags.StringVar(&f.by, "by", "", "account of who proposes, or approves")
	flags.Uint64Var(&approve, "approve", 0, "approve the proposal at this position, and carry it out")
	flags.StringSliceVar(&f.evidence, "evidence", nil, "a file of evidence that goes too, by its name or SHA-256")
	flags.StringSliceVar(&f.disclosures, "disclosure", nil, "a text that goes too, by the digest that stands in its event")
	flags.UintSliceVar(&f.positions, "position", nil, "a position of the log all of whose texts go too")
	flags.BoolVar(&f.textsOnly, "texts-only", false, "only the texts and files named; the person's account and name stay")
	flags.BoolVar(&f.dryRun, "dry-run", false, "list what would go and what forbids it, and change nothing")
	flags.BoolVar(&f.resume, "resume", false, "carry out what was approved and cut off")
	flags.BoolVar(&f.list, "list", false, "list what was erased, for “restore --erasures” and for the archive")
	return cmd
}

func (a *app) erase(ctx context.Context, person string, f eraseFlags) error {
	if err := f.check(person); err != nil {
		return err
	}
	return a.reading(ctx, "erase", sound(func(p *place) error {
		switch {
		case f.list:
			return a.listErasures(ctx, p)
		case f.resume:
			return a.resumeErasures(ctx, p)
		case f.approve > 0:
			return a.approveErasure(ctx, p, f)
		}
		return a.proposeErasure(ctx, p, person, f)
	}))
}

// check judges that one thing is asked for, and all that it needs.
func (f eraseFlags) check(person string) error {
	named := len(f.evidence)+len(f.disclosures)+len(f.positions) > 0
	asked := 0
	for _, one := range []bool{f.list, f.resume, f.approve > 0, person != "" || named} {
		if one {
			asked++
		}
	}
	switch {
	case asked != 1:
		return &usageError{domain.Text{
			VI: "Hãy nêu người hoặc văn bản cần xoá, hoặc --approve VỊ_TRÍ, hoặc --resume, hoặc --list; mỗi lần một việc",
			EN: "Name a person or texts to erase, or --approve POSITION, or --resume, or --list; one of them at a time",
		}}
	case f.list || f.resume || f.dryRun:
		return nil
	case f.by == "" || f.approve == 0 && f.basis == "":
		return &usageError{domain.Text{
			VI: "Cần --by TÀI_KHOẢN của người đề nghị hoặc phê duyệt; đề nghị còn cần --basis CĂN_CỨ",
			EN: "--by ACCOUNT of who proposes or approves is needed; a proposal needs --basis TEXT too",
		}}
	case f.textsOnly && !named:
		return &usageError{domain.Text{VI: "--texts-only cần có văn bản hoặc tệp được nêu", EN: "--texts-only needs texts or files to be named"}}
	}
	return nil
}

// approveErasure approves a proposal, and carries it out.
func (a *app) approveErasure(ctx context.Context, p *place, f eraseFlags) error {
	proposal, err := p.log.At(ctx, f.approve)
	if errors.Is(err, domain.ErrNotFound) {
		return noProposal(f.approve)
	}
	if err != nil {
		return err
	}
	if _, ok := proposal.Event.(*domain.ErasureProposed); !ok {
		return noProposal(f.approve)
	}
	person := proposal.Stream.Key
	by, err := a.officer(ctx, p, f.by)
	if err != nil {
		return err
	}
	ties, err := p.log.Ties(ctx, person)
	if err != nil {
		return err
	}
	before, err := p.log.Erasures(ctx)
	if err != nil {
		return err
	}
	name := []string{"disclosure.erased", strconv.FormatUint(f.approve, 10)}
	issue := domain.Issue{ID: p.log.CommandID(name...), Digest: domain.Digest(name), Actor: by}
	position, err := domain.Execute(ctx, p.log, "", domain.ApproveErasure{Person: person, Proposal: f.approve, By: by, Ties: ties}, issue, a.now)
	if err != nil {
		return err
	}
	approved, err := p.log.At(ctx, position)
	if err != nil {
		return err
	}
	if e, ok := approved.Event.(*domain.DisclosureErased); ok {
		if err := a.carryOut(ctx, p, approvedErasure{e, person, position, before.Open[position] != nil}); err != nil {
			return err
		}
		return a.tellErased(position, person, e)
	}
	return noProposal(f.approve)
}

func noProposal(position domain.Position) error {
	return &failure{domain.Text{
		VI: "Ở vị trí " + strconv.FormatUint(position, 10) + " không có đề nghị xoá nào.",
		EN: "There is no proposal of an erasure at position " + strconv.FormatUint(position, 10) + ".",
	}}
}

// erasureAnswer is the form of an erasure in `erase --json` and `erase --list --json`.
type erasureAnswer struct {
	Person      string          `json:"person"`
	Proposal    domain.Position `json:"proposal"`
	Position    domain.Position `json:"position"` // of the event that erased it, 0 for a proposal
	Disclosures []string        `json:"disclosures"`
	Evidence    []string        `json:"evidence"`
	Purposes    []string        `json:"purposes"`
	By          string          `json:"by"`
	ApprovedBy  string          `json:"approved_by,omitempty"`
	Basis       string          `json:"basis,omitempty"`
	// CarriedOut says that it is out of the stores and read models of this installation.
	CarriedOut bool `json:"carried_out"`
	// DatabaseKeeps says that the database is somebody else's, whose write-ahead log and copies may still hold what was erased.
	DatabaseKeeps bool `json:"database_keeps"`
}

func (a *app) tellErased(position domain.Position, person string, e *domain.DisclosureErased) error {
	foreign := !a.ownsDatabase()
	if a.json {
		return a.answer(erasureAnswer{
			Person: person, Proposal: e.Proposal, Position: position, Disclosures: e.Disclosures, Evidence: e.Evidence, Purposes: e.Purposes, By: e.By,
			ApprovedBy: e.ApprovedBy, CarriedOut: true, DatabaseKeeps: foreign,
		})
	}
	a.printf("Đã xoá %d văn bản và %d tệp minh chứng, ghi tại vị trí %d.", "Erased %d texts and %d files of evidence; position %d of the log says so.",
		len(e.Disclosures), len(e.Evidence), position)
	if foreign {
		a.printf("Nhật ký ghi trước (WAL), bản sao và bản lưu của máy chủ Postgres ngoài có thể còn giữ: xem docs/erasure.md.",
			"The write-ahead log, replicas and archives of the external Postgres may still hold it: see docs/erasure.md.")
	}
	a.printf("Các bản sao lưu và bản xuất có từ trước vẫn còn giữ: hãy huỷ theo thời hạn của chúng (docs/erasure.md).",
		"Backups and exports made before still hold it: destroy them within their term (docs/erasure.md).")
	return nil
}

// listErasures lists what was erased, in the order of the log.
func (a *app) listErasures(ctx context.Context, p *place) error {
	erasures, err := p.log.Erasures(ctx)
	if err != nil {
		return err
	}
	list := erasureList{Origin: p.log.Origin(), Erasures: []erasureAnswer{}}
	for _, position := range erasures.Positions() {
		r, err := p.log.At(ctx, position)
		if err != nil {
			return err
		}
		e, ok := r.Event.(*domain.DisclosureErased)
		if !ok {
			continue
		}
		texts, err := p.log.Disclose(ctx, []string{e.Basis.Digest})
		if err != nil {
			return err
		}
		list.Erasures = append(list.Erasures, erasureAnswer{
			Person: r.Stream.Key, Proposal: e.Proposal, Position: position, Disclosures: e.Disclosures, Evidence: e.Evidence, Purposes: e.Purposes,
			By: e.By, ApprovedBy: e.ApprovedBy, Basis: texts[e.Basis.Digest], CarriedOut: erasures.Open[position] == nil,
		})
	}
	if a.json {
		return a.answer(list)
	}
	for _, e := range list.Erasures {
		state := a.say("đã thực hiện", "carried out")
		if !e.CarriedOut {
			state = a.say("CHƯA thực hiện xong", "NOT carried out yet")
		}
		a.printf("#%d  %s  %s  %d văn bản, %d tệp  %s  (%s)", "#%d  %s  %s  %d texts, %d files  %s  (%s)",
			e.Position, e.Person, strings.Join(e.Purposes, ","), len(e.Disclosures), len(e.Evidence), state, e.Basis)
	}
	return nil
}
