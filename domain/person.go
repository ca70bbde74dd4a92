package domain

import "slices"

// A person is a random ref on the log and nothing more. Account and name are disclosable: they lie in the erasable store.

// Person is the state of one person.
type Person struct {
	Ref string
	PersonRegistered
	// Proposals are the erasures that were proposed, by position.
	Proposals map[Position]*ErasureProposed

	approvals map[Position]int    // how often each proposal was approved
	gone      map[string]Position // what was erased, and where
	ties      []Tie               // given in, as texts are
	texts     []NamedText
}

// PersonRegistered ties a ref to an account and a name, by their digests.
type PersonRegistered struct {
	Account *Disclosable `json:"account"` // the account the person is known by
	Name    *Disclosable `json:"name"`    // the person's name
}

// Words is the type's name on the log.
func (*PersonRegistered) Words() string { return "person.registered" }

// RegisterPerson puts a person on the register.
type RegisterPerson struct {
	Ref string
	PersonRegistered
}

// Streams is the person's own.
func (c RegisterPerson) Streams() []Stream { return []Stream{PersonStream(c.Ref)} }

// Changes registers the person.
func (c RegisterPerson) Changes(*World) []Change {
	return []Change{{Stream: PersonStream(c.Ref), Event: &c.PersonRegistered}}
}

func (w *World) evolvePerson(r Recorded) {
	ref := r.Stream.Key
	p := w.person(ref)
	switch e := r.Event.(type) {
	case *PersonRegistered:
		p.PersonRegistered = *e
	case *ErasureProposed:
		p.Proposals = put(p.Proposals, r.Position, e)
	case *DisclosureErased:
		p.approvals = put(p.approvals, e.Proposal, p.approvals[e.Proposal]+1)
		for _, digest := range slices.Concat(e.Disclosures, e.Evidence) {
			p.gone = put(p.gone, digest, r.Position)
		}
	default:
		return
	}
	w.Persons[ref] = p
}

// person returns a person, a blank one where the ref is not known.
func (w *World) person(ref string) *Person {
	if p := w.Persons[ref]; p != nil {
		return p
	}
	return &Person{Ref: ref}
}

// put adds an entry to a map that may not be there yet.
func put[K comparable, V any](m map[K]V, key K, value V) map[K]V {
	if m == nil {
		m = map[K]V{}
	}
	m[key] = value
	return m
}

// identity lists the digests of account and name that are not erased.
func (p *Person) identity() (digests []string) {
	for _, d := range []*Disclosable{p.Account, p.Name} {
		if d != nil && p.gone[d.Digest] == 0 {
			digests = append(digests, d.Digest)
		}
	}
	return digests
}
