package dossier

import (
	"encoding/base64"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"thidua/domain"
	"thidua/eventlog/envelope"
	"thidua/seal"
)

// What was erased after the checkpoint is not in the dossier, and the event that erased it is not in its tree. It is given beside it, with a proof against
// the first later checkpoint that has it.

// Later is an erasure behind the checkpoint.
type Later struct {
	Position domain.Position
	Payload  []byte
	Proof    []byte // C2SP tlog-proof
}

const laterFolder = "erased/"

func (l Later) name() string { return laterFolder + strconv.FormatUint(l.Position, 10) + ".json" }

// laterOf proves an erasure against the first published checkpoint that has it.
func laterOf(files fs.FS, r domain.Recorded) (Later, error) {
	for head, err := range seal.CheckpointsFrom(files, int64(r.Position)) {
		if err != nil {
			return Later{}, err
		}
		if head.Size < int64(r.Position) {
			continue
		}
		proof, err := seal.NewTree(files, head.Size).Inclusion(int64(r.Position) - 1)
		return Later{r.Position, r.Payload, proofText(int64(r.Position)-1, proof, head.Note)}, err
	}
	return Later{}, fmt.Errorf("dossier: the erasure at position %d is not sealed yet: %w", r.Position, domain.ErrNotFound)
}

// erasures finds what was erased, up to the checkpoint and behind it.
func (a *account) erasures() error {
	a.erased = map[string]bool{}
	all := domain.NewErasures()
	for _, r := range a.events {
		all.Add(r)
	}
	for _, l := range a.Later {
		r, err := envelope.New().Decode(l.Payload)
		if _, ok := r.Event.(*domain.DisclosureErased); err != nil || !ok || r.Source != a.Checkpoint.Origin {
			return refuse(l.name(), "không phải là sự kiện xóa của sổ này", "it is no erasure of this log")
		}
		all.Add(r)
	}
	for digest := range all.Texts {
		a.erased[digest] = true
	}
	for digest := range all.Evidence {
		a.erased[digest] = true
	}
	return nil
}

// readLater reads the erasures behind the checkpoint and checks that each is on the log.
func (v *verification) readLater() (later []Later, err error) {
	for _, f := range v.manifest.Files {
		number, ok := strings.CutPrefix(strings.TrimSuffix(f.Name, ".json"), laterFolder)
		position, err := strconv.ParseUint(number, 10, 53)
		if !ok || strings.HasSuffix(f.Name, proofEnding) {
			continue
		}
		l := Later{Position: position}
		if err != nil || f.Name != l.name() || position <= domain.Position(v.head.Size) {
			return nil, refuse(f.Name, "không phải là sự kiện xóa sau mốc niêm phong", "it is no erasure behind the checkpoint")
		}
		if l.Payload, err = v.content(f.Name); err != nil {
			return nil, err
		}
		if l.Proof, err = v.content(f.Name + proofEnding); err != nil {
			return nil, err
		}
		if !proves(l, v.key) {
			return nil, refuse(f.Name+proofEnding, "không chứng minh được là sự kiện có trong sổ", "it does not prove that the event is on the log")
		}
		later = append(later, l)
	}
	slices.SortFunc(later, func(a, b Later) int { return int(a.Position) - int(b.Position) })
	return later, nil
}

// proves checks a proof that proofText wrote.
func proves(l Later, key note.Verifier) bool {
	text, signed, ok := strings.Cut(string(l.Proof), "\n\n")
	if !ok {
		return false
	}
	head, err := seal.ParseCheckpoint([]byte(signed), key)
	lines := strings.Split(text, "\n")
	if err != nil || len(lines) < 2 {
		return false
	}
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		sum, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(sum) != tlog.HashSize {
			return false
		}
		proof = append(proof, tlog.Hash(sum))
	}
	index := int64(l.Position) - 1
	return string(proofText(index, proof, head.Note)) == string(l.Proof) && index < head.Size &&
		tlog.CheckRecord(proof, head.Size, head.Root, index, tlog.RecordHash(l.Payload)) == nil
}
