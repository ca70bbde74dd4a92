package explain

// Refs lists the persons behind a unit's numbers.
func (u *Unit) Refs() []string {
	var refs []string
	u.Name(func(ref string) string {
		refs = append(refs, ref)
		return ref
	}, func(digest string) string { return digest })
	return refs
}

// Digests lists the texts behind a unit's numbers.
func (u *Unit) Digests() []string {
	var digests []string
	u.Name(func(ref string) string { return ref }, func(digest string) string {
		if digest != "" {
			digests = append(digests, digest)
		}
		return digest
	})
	return digests
}

// Name puts names for refs, and texts for digests. It is done once.
func (u *Unit) Name(person, text func(string) string) {
	for i := range u.Adjustments {
		a := &u.Adjustments[i]
		a.By, a.Reason = person(a.By), text(a.Reason)
	}
	for _, item := range u.Items {
		for i := range item.Values {
			v := &item.Values[i]
			v.By, v.Reason = person(v.By), text(v.Reason)
			for j := range v.Evidence {
				v.Evidence[j].Name = text(v.Evidence[j].Name)
			}
		}
	}
}
