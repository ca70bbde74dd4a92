package domain

import (
	"maps"
	"slices"
	"time"
)

// A person can ask that the record forgets who they are, and texts and files that name them. What is forgotten are disclosures and files of
// evidence: the log holds only their digests, and no byte of it changes. Rules:
//
//   - It takes two: one proposes, on a stated basis, and another approves. Only then is anything erased. Neither the proposer again nor the
//     person whose name goes can be the one who approves.
//   - The approval is the event that erases. What lies in the stores is then removed because of it, so that nothing is ever missing without
//     an event that says why, and a removal that was cut off is gone on with.
//   - Who the person is (account and name) goes as a whole, and only where no office binds it: who signed a pledge, decided on points,
//     deadlines, holds or awards, or on an erasure, is kept for the archive term of that act.
//   - Single texts and files of evidence go where they are named, since a text can name anybody. The role of a signer, the competence of an
//     award and the basis of an erasure are part of the act that they stand in and are kept with it.
//   - An erasure names at least one thing, nothing twice, and nothing that was erased before.

// ArchiveYears is how long the papers of emulation, and with them who signed and decided, are kept: twenty years.
const ArchiveYears = 20

// ErasureProposed asks that disclosures and files of evidence are erased. It stands in the stream of the person they name.
type ErasureProposed struct {
	// Disclosures are the digests of what is to go, in order; those of account and name both or neither.
	Disclosures []string `json:"disclosures"`
	// Evidence are the files that are to go, by the SHA-256 of their bytes in hex, in order.
	Evidence []string `json:"evidence"`
	// Purposes say what is to be forgotten: "identity", "texts", "evidence".
	Purposes []string `json:"purposes"`
	// Basis is on what legal ground; By is who proposes, a ref.
	Basis *Disclosable `json:"basis"` // on what legal ground
	By    string       `json:"by"`    // who proposes, a ref
}

// Words is the type's name on the log.
func (*ErasureProposed) Words() string { return "disclosure.erasure-proposed" }

// DisclosureErased says that what was proposed is erased, from here on and everywhere.
type DisclosureErased struct {
	Proposal    Position     `json:"proposal"`    // the position of the proposal
	Disclosures []string     `json:"disclosures"` // the digests of what is erased, in order
	Evidence    []string     `json:"evidence"`    // the files that are erased, by their SHA-256 in hex
	Purposes    []string     `json:"purposes"`    // what is forgotten: "identity", "texts", "evidence"
	Basis       *Disclosable `json:"basis"`       // on what legal ground
	By          string       `json:"by"`          // who proposed, a ref
	ApprovedBy  string       `json:"approved_by"` // who approved, a ref
}

// Words is the type's name on the log.
func (*DisclosureErased) Words() string { return "disclosure.erased" }

// DisclosurePurged says that what an erasure names is out of the stores and the read models of the installation that wrote the event.
type DisclosurePurged struct {
	Erased Position `json:"erased"` // the position of the erasure
}

// Words is the type's name on the log.
func (*DisclosurePurged) Words() string { return "disclosure.purged" }

// The purposes of an erasure.
const (
	PurposeIdentity = "identity"
	PurposeTexts    = "texts"
	PurposeEvidence = "evidence"
)

// NamedText is a disclosure that somebody wants erased, and the event that it stands in.
type NamedText struct {
	Digest   string
	Position Position
	Words    string // of the event
}

// ProposeErasure proposes an erasure. Where Identity is set the person's account and name are to go.
type ProposeErasure struct {
	Person   string
	Identity bool
	Texts    []NamedText
	Evidence []string
	Basis    *Disclosable
	By       string
	// Ties are what binds the person's name, found on the whole log: it does not follow from the person's own stream.
	Ties []Tie
}

// Streams is the person's own.
func (c ProposeErasure) Streams() []Stream { return []Stream{PersonStream(c.Person)} }

// Changes proposes.
func (c ProposeErasure) Changes(w *World) []Change {
	e := &ErasureProposed{Disclosures: []string{}, Evidence: sortedSet(c.Evidence), Purposes: []string{}, Basis: c.Basis, By: c.By}
	if c.Identity {
		e.Purposes, e.Disclosures = append(e.Purposes, PurposeIdentity), append(e.Disclosures, w.person(c.Person).identity()...)
	}
	if len(c.Texts) > 0 {
		e.Purposes = append(e.Purposes, PurposeTexts)
	}
	for _, t := range c.Texts {
		e.Disclosures = append(e.Disclosures, t.Digest)
	}
	if len(c.Evidence) > 0 {
		e.Purposes = append(e.Purposes, PurposeEvidence)
	}
	e.Disclosures = sortedSet(e.Disclosures)
	w.bind(c.Person, c.Ties, c.Texts)
	return []Change{{Stream: PersonStream(c.Person), Event: e}}
}

// ApproveErasure carries a proposal into effect.
type ApproveErasure struct {
	Person   string
	Proposal Position
	By       string
	Ties     []Tie
}

// Streams is the person's own.
func (c ApproveErasure) Streams() []Stream { return []Stream{PersonStream(c.Person)} }

// Changes erases what the proposal names.
func (c ApproveErasure) Changes(w *World) []Change {
	e := &DisclosureErased{Proposal: c.Proposal, Disclosures: []string{}, Evidence: []string{}, Purposes: []string{}, ApprovedBy: c.By}
	if p := w.person(c.Person).Proposals[c.Proposal]; p != nil {
		e.Disclosures, e.Evidence, e.Purposes, e.Basis, e.By = p.Disclosures, p.Evidence, p.Purposes, p.Basis, p.By
	}
	w.bind(c.Person, c.Ties, nil)
	return []Change{{Stream: PersonStream(c.Person), Event: e}}
}

// bind gives in what the person's own events don't tell.
func (w *World) bind(ref string, ties []Tie, texts []NamedText) {
	p := w.person(ref)
	p.ties, p.texts = ties, texts
	w.Persons[ref] = p
}

// Erasures are all the erasures of a log: where each digest, each file of evidence and each person's identity was erased.
type Erasures struct {
	Texts, Evidence, Persons map[string]Position
	// Open are the erasures that no event says to have been carried out.
	Open map[Position]*DisclosureErased
}

// NewErasures returns those of a log without any.
func NewErasures() *Erasures {
	return &Erasures{map[string]Position{}, map[string]Position{}, map[string]Position{}, map[Position]*DisclosureErased{}}
}

// Add takes in an event; one of another type changes nothing.
func (e *Erasures) Add(r Recorded) {
	switch event := r.Event.(type) {
	case *DisclosureErased:
		e.Open[r.Position] = event
		for _, digest := range event.Disclosures {
			e.Texts[digest] = r.Position
		}
		for _, file := range event.Evidence {
			e.Evidence[file] = r.Position
		}
		if slices.Contains(event.Purposes, PurposeIdentity) {
			e.Persons[r.Stream.Key] = r.Position
		}
	case *DisclosurePurged:
		delete(e.Open, event.Erased)
	}
}

// Positions lists where something was erased, in the order of the log.
func (e *Erasures) Positions() []Position {
	seen := map[Position]bool{}
	for _, where := range []map[string]Position{e.Texts, e.Evidence} {
		for _, position := range where {
			seen[position] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

func sortedSet(texts []string) []string {
	set := slices.Clone(texts)
	if set == nil {
		set = []string{}
	}
	slices.Sort(set)
	return slices.Compact(set)
}

// archived reports whether the archive term of an act is over.
func archived(act, now time.Time) bool { return act.AddDate(ArchiveYears, 0, 0).Before(now) }
