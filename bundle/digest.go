package bundle

import (
	"slices"
	"strings"

	"thidua/domain"
)

// Digest is the bundle_sha256 of spec "events", Digests: the domain's digest of the sorted list of [file, digest] pairs, one a row of a
// table and one a file otherwise.
//
//   - A row's digest is that of the list of its [column, text] pairs, sorted by column, without empty cells.
//   - That of season.yaml is of the list that holds its text alone, with line feeds as line ends.
//   - That of a file of evidence is the SHA-256 of its bytes. One that was erased is in its row only.
//
// Texts are in NFC and without a byte order mark, as they were read. So the order of rows and columns, line ends and quotes, and whether the
// files lie in a folder or a .zip make no difference.
func (b *Bundle) Digest() string {
	text := strings.ReplaceAll(string(b.papers.text), "\r\n", "\n")
	pairs := [][2]string{{seasonFile, domain.Digest([]string{text})}}
	files := map[string]string{}
	for _, t := range tables() {
		for _, r := range b.papers.season.rows[t.file] {
			pairs = append(pairs, [2]string{t.file, rowDigest(r)})
			if v, ok := r.(*valueRow); ok {
				for _, f := range v.evidence {
					if !f.gone() {
						files[f.name] = f.sha256
					}
				}
			}
		}
	}
	for name, sha256 := range files {
		pairs = append(pairs, [2]string{evidenceFolder + "/" + name, sha256})
	}
	slices.SortFunc(pairs, comparePairs)
	return domain.Digest(pairs)
}

func comparePairs(a, b [2]string) int { return slices.Compare(a[:], b[:]) }

func rowDigest(r row) string {
	var pairs [][2]string
	for _, c := range r.cells() {
		if text := c.field.text(); text != "" {
			pairs = append(pairs, [2]string{c.column, text})
		}
	}
	slices.SortFunc(pairs, comparePairs)
	return domain.Digest(pairs)
}
