package dossier

import (
	_ "embed" // the READMEs lie beside the code
	"strings"
)

//go:embed readme.vi.md
var readmeVI string

//go:embed readme.en.md
var readmeEN string

// readme fills in what a README says of this dossier. It holds no name and no figure.
func (a *account) readme(text string) []byte {
	return []byte(strings.NewReplacer("{season}", a.Season, "{origin}", a.Checkpoint.Origin).Replace(text))
}
