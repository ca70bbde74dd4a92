package dossier

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"thidua/domain"
	"thidua/eventlog/envelope"
	"thidua/seal"
)

// Maker makes the dossier of a record.
type Maker struct {
	account *account
	tiles   fs.FS
}

// NewMaker reads a record. The tiles are those of the log, of the checkpoint's size or larger.
func NewMaker(r Record, tiles fs.FS) (*Maker, error) {
	slices.SortFunc(r.Entries, func(a, b Entry) int { return cmp.Compare(a.Position, b.Position) })
	a, err := newAccount(r, seal.NewTree(tiles, r.Checkpoint.Size))
	if err != nil {
		return nil, err
	}
	return &Maker{a, tiles}, nil
}

// Evidence lists the files of evidence that the dossier has, as far as they were not erased, by digest.
func (m *Maker) Evidence() []string { return slices.Sorted(maps.Keys(m.account.wantedEvidence())) }

// Sources are where the maker reads what is too large to be held, and who signs.
type Sources struct {
	// Evidence reads a file of evidence by its digest; the error is fs.ErrNotExist where it was erased.
	Evidence func(sha256 string) ([]byte, error)
	// Sign signs the manifest's text as a note.
	Sign func(text string) ([]byte, error)
	// Progress is told how many files of how many are written; nil for nobody.
	Progress func(done, total uint64)
}

// Write writes the dossier. The same record and sources give the same bytes.
func (m *Maker) Write(w io.Writer, s Sources) (*Manifest, error) {
	if err := m.lacking(); err != nil {
		return nil, err
	}
	parts, err := m.parts(s)
	if err != nil {
		return nil, err
	}
	a := m.account
	manifest := &Manifest{Origin: a.Checkpoint.Origin, Season: a.Season, Unit: a.Unit, Whole: a.Whole, Size: a.Checkpoint.Size, Root: a.Checkpoint.Root.String()}
	total := int64(0)
	for i, p := range parts {
		f, err := p.file()
		if err != nil {
			return nil, err
		}
		manifest.Files = append(manifest.Files, f)
		if total += f.Size; total > totalLimit || len(parts) >= countLimit {
			return nil, tooLarge(total)
		}
		s.tell(i, 2*len(parts))
	}
	signed, err := s.Sign(manifest.text())
	if err != nil {
		return nil, err
	}
	return manifest, m.pack(w, signed, parts, s)
}

func (s Sources) tell(done, total int) {
	if s.Progress != nil {
		s.Progress(uint64(done), uint64(total))
	}
}

func (m *Maker) pack(w io.Writer, signed []byte, parts []part, s Sources) error {
	p := newPacker(w)
	if err := p.put(manifestName, signed); err != nil {
		return err
	}
	for i, part := range parts {
		content, err := part.read()
		if err != nil {
			return err
		}
		if err := p.put(part.name, content); err != nil {
			return err
		}
		s.tell(len(parts)+i+1, 2*len(parts))
	}
	return p.close()
}

// part is a file that is going to be written. It is read twice, once for its digest.
type part struct {
	name string
	read func() ([]byte, error)
}

func (p part) file() (File, error) {
	content, err := p.read()
	return fileOf(p.name, content), err
}

func held(name string, content []byte) part {
	return part{name, func() ([]byte, error) { return content, nil }}
}

// parts lists the files in the order of their names.
func (m *Maker) parts(s Sources) ([]part, error) {
	a := m.account
	parts := []part{
		held(checkpointName, a.Checkpoint.Note), held(eventsName, writeEntries(a.Entries)), held(disclosuresName, a.disclosures()),
		held(policyName, []byte(a.Policy)),
	}
	if a.Page != nil {
		parts = append(parts, held(pageName, a.Page))
	}
	for _, l := range a.Later {
		parts = append(parts, held(l.name(), l.Payload), held(l.name()+proofEnding, l.Proof))
	}
	derived, err := a.derive()
	if err != nil {
		return nil, err
	}
	for _, f := range derived {
		parts = append(parts, held(f.name, f.content))
	}
	for _, digest := range m.Evidence() {
		if !a.erased[digest] {
			parts = append(parts, part{evidenceFolder + digest, func() ([]byte, error) { return s.Evidence(digest) }})
		}
	}
	parts = append(parts, m.tileParts()...)
	slices.SortFunc(parts, func(x, y part) int { return strings.Compare(x.name, y.name) })
	return parts, nil
}

// tileParts lists the tiles of the tree; bundles of events only where the whole log is in the dossier.
func (m *Maker) tileParts() (parts []part) {
	for t := range seal.Tiles(m.account.Checkpoint.Size) {
		name := seal.EntriesPath(t.N, t.W)
		if t.L >= 0 {
			name = seal.Path(t.L, t.N, t.W)
		} else if !m.account.Whole {
			continue
		}
		parts = append(parts, part{name, func() ([]byte, error) { return m.account.tree.Tile(t) }})
	}
	return parts
}

// lacking refuses to make a dossier that lacks a disclosure which no event erases: no verifier would accept it.
func (m *Maker) lacking() error {
	have := map[string]bool{}
	for _, encoded := range m.account.Disclosures {
		have[envelope.DisclosureDigest(encoded)] = true
	}
	for digest, position := range m.account.wantedDigests() {
		if !have[digest] && !m.account.erased[digest] {
			return fmt.Errorf("dossier: the disclosure %s of the event at position %d is missing, and no event erases it: %w", digest, position, domain.ErrCorrupt)
		}
	}
	return nil
}

// Drafted reports whether the season is on the log up to the checkpoint.
func (m *Maker) Drafted() bool { return m.account.world.Season.Draft != nil }

// Member reports whether a unit is a member of the season.
func (m *Maker) Member(unit string) bool { return m.account.world.Season.Member(unit) }
