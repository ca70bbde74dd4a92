package explain

// Refs lists the persons behind a unit's numbers.
func (u *Unit) Refs() (refs []string) {
	u.named(func(_ *string, ref string) { refs = append(refs, ref) }, func(*string, string) {})
	return refs
}

// Digests lists the texts behind a unit's numbers.
func (u *Unit) Digests() (digests []string) {
	u.named(func(*string, string) {}, func(_ *string, digest string) {
		if digest != "" {
			digests = append(digests, digest)
		}
	})
	return digests
}

// Name shows what a ref and a digest stand for: a person's account or name, and a text. Refs and digests are kept beside.
func (u *Unit) Name(person, text func(string) string) {
	u.named(func(shown *string, ref string) { *shown = person(ref) }, func(shown *string, digest string) { *shown = text(digest) })
}

// named goes through all that is shown of persons and texts, with the refs and digests that stand for them.
func (u *Unit) named(person, text func(shown *string, of string)) {
	said := func(s *Said) {
		person(&s.By, s.ByRef)
		text(&s.Reason, s.ReasonSD)
	}
	held := func(holds []Hold) {
		for i := range holds {
			text(&holds[i].Reason, holds[i].ReasonSD)
		}
	}
	if signature := u.Pledge.Signature; signature != nil {
		person(&signature.Signer, signature.SignerRef)
	}
	held(u.Eligibility.Holds)
	for i := range u.Awards {
		held(u.Awards[i].Holds.Holds)
		if grant := u.Awards[i].Grant; grant != nil {
			person(&grant.Signer, grant.SignerRef)
		}
	}
	for i := range u.Reports {
		if extended := u.Reports[i].Extended; extended != nil {
			said(&extended.Said)
		}
	}
	for i := range u.Adjustments {
		said(&u.Adjustments[i].Said)
	}
	for _, item := range u.Items {
		for i := range item.Values {
			v := &item.Values[i]
			said(&v.Said)
			for j := range v.Evidence {
				text(&v.Evidence[j].Name, v.Evidence[j].NameSD)
			}
		}
	}
}
