package domain

// A person is a random ref on the log and nothing more. Account and name are disclosable: they lie in the erasable store.

// Person is the state of one person.
type Person struct {
	Ref string
	PersonRegistered
}

// PersonRegistered ties a ref to an account and a name, by their digests.
type PersonRegistered struct {
	Account *Disclosable `json:"account"`
	Name    *Disclosable `json:"name"`
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
	if e, ok := r.Event.(*PersonRegistered); ok {
		w.Persons[r.Stream.Key] = &Person{Ref: r.Stream.Key, PersonRegistered: *e}
	}
}
