package tables

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"

	"thidua/domain"
)

// ManifestFile is the name of the manifest in the folder of an export.
const ManifestFile = "manifest.json"

// manifestKind is the first member of a manifest, by which an export is known.
const manifestKind = "thidua-tables-1"

// Manifest says what an export holds. Its digest, of the bytes of its file, is what the next one names as its previous.
type Manifest struct {
	Kind     string  `json:"kind"`
	Schema   string  `json:"schema"`
	Epoch    string  `json:"epoch"`    // of the log
	Position uint64  `json:"position"` // of the log that every table is of
	Format   Format  `json:"format"`
	Dialect  Dialect `json:"dialect,omitempty"`
	Season   string  `json:"season,omitempty"` // that the rows are of, where they are of one
	Previous *Since  `json:"previous,omitempty"`
	// Note is what whoever shows the figures must say of them.
	Note string `json:"note"`
	// Seasons are those that the export is of, each as it was: by them the next one knows which have changed.
	Seasons []Season  `json:"seasons"`
	Tables  []Written `json:"tables"`
	Files   []File    `json:"files"` // that are of no table
	SHA256  string    `json:"-"`     // of its own file, in hex
}

// Since is the export that another one goes on from.
type Since struct {
	Position uint64 `json:"position"`
	SHA256   string `json:"sha256,omitempty"` // of its manifest; "" where only a position was named
}

// Season is what a season's rows follow from.
type Season struct {
	ID        string   `json:"season"`
	Position  uint64   `json:"position"`  // of its last event
	Complete  bool     `json:"complete"`  // else rows may be missing
	Sensitive []string `json:"sensitive"` // criteria whose small numbers are held back
}

// Written says what an export has of a table.
type Written struct {
	Table string `json:"table"`
	// Rows is "all", in place of all that was there before, or "seasons", in place of the rows of the seasons that are listed.
	Rows    string   `json:"rows"`
	Seasons []string `json:"seasons,omitempty"`
	// Parked is how many events could not be taken into the table and are missing in it.
	Parked int64  `json:"parked"`
	Files  []File `json:"files"`
}

// The two ways in which a table is written.
const (
	rowsAll     = "all"
	rowsSeasons = "seasons"
)

// File is a file of an export.
type File struct {
	Path   string `json:"path"` // within the folder, with slashes
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// note stands wherever figures are shown.
const note = "Figures of the example seasons are illustrative. / Số liệu của các mùa thi đua ví dụ chỉ để minh họa."

// manifestLimit is how large a manifest may be that somebody names, in bytes.
const manifestLimit = 16 << 20

// ReadManifest reads a manifest. What is none gives a *Refusal.
func ReadManifest(name string) (*Manifest, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, manifestLimit+1))
	if err != nil {
		return nil, err
	}
	m := &Manifest{}
	if len(content) > manifestLimit || json.Unmarshal(content, m) != nil || m.Kind != manifestKind {
		return nil, &Refusal{text: domain.Text{
			VI: fmt.Sprintf("%s không phải là manifest của một lần xuất bảng.", name), EN: fmt.Sprintf("%s is no manifest of an export of tables.", name),
		}}
	}
	m.SHA256 = sum(content)
	return m, nil
}

func sum(content []byte) string {
	digest := sha256.Sum256(content)
	return hex.EncodeToString(digest[:])
}

// encode writes a document of JSON as people read it.
func encode(document any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(document)
	return b.Bytes(), err
}

// paths lists all files of the export, the manifest too.
func (m *Manifest) paths() []string {
	all := []string{ManifestFile}
	for _, f := range m.Files {
		all = append(all, f.Path)
	}
	for _, t := range m.Tables {
		for _, f := range t.Files {
			all = append(all, f.Path)
		}
	}
	return all
}

// has reports whether the export has a table.
func (m *Manifest) has(table string) bool {
	return slices.ContainsFunc(m.Tables, func(w Written) bool { return w.Table == table })
}

// Rows counts the rows of all tables.
func (m *Manifest) Rows() int64 {
	var n int64
	for _, t := range m.Tables {
		for _, f := range t.Files {
			n += f.Rows
		}
	}
	return n
}
