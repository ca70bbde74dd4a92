package dossier

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"thidua/domain"
)

// format is the manifest's first line. It can't be a log's origin, so that the signature under a manifest is none under a checkpoint.
const format = "thidua-dossier/v1"

// Manifest says what a dossier is of and which files it has.
type Manifest struct {
	Origin string
	Season string
	Unit   string // of which texts and evidence are in it; "" for all units
	Whole  bool   // every event of the log is in it
	Size   int64  // of the tree
	Root   string // of the tree, in base64
	Files  []File // by name, all but the manifest itself
}

// File is one file of a dossier.
type File struct {
	Name   string
	Size   int64
	SHA256 string // in hex
}

// fileOf is the entry of a file with some content.
func fileOf(name string, content []byte) File {
	sum := sha256.Sum256(content)
	return File{Name: name, Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:])}
}

const (
	wholeLog   = "whole"
	seasonOnly = "season"
	allUnits   = "*"
)

// text is what is signed.
func (m *Manifest) text() string {
	entries, unit := seasonOnly, m.Unit
	if m.Whole {
		entries = wholeLog
	}
	if unit == "" {
		unit = allUnits
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\norigin %s\nseason %s\nunit %s\nentries %s\ntree %d %s\n", format, m.Origin, m.Season, unit, entries, m.Size, m.Root)
	for _, f := range m.Files {
		fmt.Fprintf(&b, "file %d %s %s\n", f.Size, f.SHA256, f.Name)
	}
	return b.String()
}

// fileName is what a dossier's files can be called: nothing that leads out of a folder, or that two file systems take for different names.
var fileName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$`)

// parseManifest reads what text wrote, and nothing else.
func parseManifest(text string) (*Manifest, error) {
	lines := strings.Split(text, "\n")
	bad := fmt.Errorf("the manifest is not of the form %s: %w", format, domain.ErrInvalid)
	if len(lines) < 8 || lines[0] != format {
		return nil, bad
	}
	m := &Manifest{}
	var entries, tree string
	for i, field := range []struct {
		word string
		to   *string
	}{{"origin ", &m.Origin}, {"season ", &m.Season}, {"unit ", &m.Unit}, {"entries ", &entries}, {"tree ", &tree}} {
		value, ok := strings.CutPrefix(lines[i+1], field.word)
		if !ok || value == "" {
			return nil, bad
		}
		*field.to = value
	}
	size, root, _ := strings.Cut(tree, " ")
	n, err := strconv.ParseInt(size, 10, 64)
	if err != nil {
		return nil, bad
	}
	m.Size, m.Root, m.Whole = n, root, entries == wholeLog
	if m.Unit == allUnits {
		m.Unit = ""
	}
	for _, line := range lines[6 : len(lines)-1] {
		m.Files = append(m.Files, parseFile(line))
	}
	if m.text() != text || !m.sorted() {
		return nil, bad
	}
	return m, nil
}

// parseFile reads one line about a file; what it can't read it leaves empty, and text then writes it otherwise.
func parseFile(line string) (f File) {
	fields := strings.Split(line, " ")
	if len(fields) != 4 || fields[0] != "file" || !fileName.MatchString(fields[3]) {
		return f
	}
	size, err := strconv.ParseInt(fields[1], 10, 64)
	if sum, errSum := hex.DecodeString(fields[2]); err != nil || size < 0 || errSum != nil || len(sum) != sha256.Size {
		return f
	}
	return File{Name: fields[3], Size: size, SHA256: fields[2]}
}

// sorted reports whether every name stands once and in order.
func (m *Manifest) sorted() bool {
	return slices.IsSortedFunc(m.Files, func(a, b File) int { return strings.Compare(a.Name, b.Name) }) &&
		len(slices.CompactFunc(slices.Clone(m.Files), func(a, b File) bool { return a.Name == b.Name })) == len(m.Files)
}

// SHA256 is the digest of a file in hex, "" where there is none of the name.
func (m *Manifest) SHA256(name string) string {
	if f := m.find(name); f != nil {
		return f.SHA256
	}
	return ""
}

// find gives the entry of a file, nil where there is none.
func (m *Manifest) find(name string) *File {
	i, found := slices.BinarySearchFunc(m.Files, name, func(f File, name string) int { return strings.Compare(f.Name, name) })
	if !found {
		return nil
	}
	return &m.Files[i]
}
