package signing

import "fmt"

// Fault says why something is no signature, no key or no list of fingerprints, or not what it is given out for. It is told to people, in both
// languages.
type Fault struct{ VI, EN string }

// Error gives the English text.
func (f *Fault) Error() string { return f.EN }

func fault(vi, en string, args ...any) *Fault {
	return &Fault{VI: fmt.Sprintf(vi, args...), EN: fmt.Sprintf(en, args...)}
}
