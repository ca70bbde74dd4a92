package dossier

import (
	"bytes"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"thidua/domain"
	"thidua/eventlog/envelope"
	"thidua/seal"
)

// treeStep reads the hashes of all leaves and computes the tree anew up to its root. The tiles of the dossier must be those of this tree, and no
// others.
func (v *verification) treeStep() (domain.Text, error) {
	wanted := map[string]bool{}
	for t := range seal.Tiles(v.head.Size) {
		if t.L < 0 {
			if v.manifest.Whole {
				wanted[seal.EntriesPath(t.N, t.W)] = true
			}
			continue
		}
		wanted[seal.Path(t.L, t.N, t.W)] = true
	}
	for _, f := range v.manifest.Files {
		if strings.HasPrefix(f.Name, tileFolder) && !wanted[f.Name] {
			return domain.Text{}, refuse(f.Name, "cây băm không có mảnh này", "the tree has no such tile")
		}
	}
	if err := v.readTiles(); err != nil {
		return domain.Text{}, err
	}
	root, err := v.tree().Root()
	if err != nil || root != v.head.Root {
		return domain.Text{}, refuse(checkpointName, "gốc tính từ các mảnh là %s, không phải %s", "the root that follows from the tiles is %s, not %s", root, v.head.Root)
	}
	return text("%d lá cho đúng gốc đã ký", "%d leaves give the signed root", v.head.Size), nil
}

func (v *verification) tree() *seal.Tree { return seal.NewTree(v.files, v.head.Size) }

// readTiles reads the tiles from the leaves up and checks that each level is what the level below gives.
func (v *verification) readTiles() error {
	levels := [][]byte{nil}
	for t := range seal.Tiles(v.head.Size) {
		if t.L < 0 {
			continue
		}
		name := seal.Path(t.L, t.N, t.W)
		data, err := v.content(name)
		if err != nil {
			return err
		}
		if t.L == len(levels) {
			levels = append(levels, nil)
		}
		begins := len(levels[t.L])
		if t.L == 0 {
			if len(data) != t.W*tlog.HashSize {
				return refuse(name, "mảnh không đủ độ dài", "the tile is not of its length")
			}
			levels[0] = append(levels[0], data...)
			continue
		}
		levels[t.L] = append(levels[t.L], above(levels[t.L-1], begins/tlog.HashSize, t.W)...)
		if !bytes.Equal(levels[t.L][begins:], data) {
			return refuse(name, "mảnh không khớp với các mảnh dưới nó", "the tile is not what those below it give")
		}
	}
	v.leaves = levels[0]
	return nil
}

// fan is how many hashes of a level make one of the level above.
const fan = 256

// above computes n hashes of a level from the one below, from the i-th on.
func above(below []byte, i, n int) []byte {
	hashes := make([]byte, 0, n*tlog.HashSize)
	level := make([]tlog.Hash, fan)
	for ; n > 0; n-- {
		for j := range level {
			level[j] = tlog.Hash(below[(i*fan+j)*tlog.HashSize:])
		}
		for width := fan / 2; width > 0; width /= 2 {
			for j := range width {
				level[j] = tlog.NodeHash(level[2*j], level[2*j+1])
			}
		}
		hashes = append(hashes, level[0][:]...)
		i++
	}
	return hashes
}

// leaf is the hash of the leaf at a position.
func (v *verification) leaf(p domain.Position) tlog.Hash {
	return tlog.Hash(v.leaves[(p-1)*tlog.HashSize:])
}

// sinceStep checks that the log only grew since a checkpoint that the reader has kept.
func (v *verification) sinceStep() (domain.Text, error) {
	older, err := seal.ParseCheckpoint(v.ask.Since, v.key)
	if err != nil {
		return domain.Text{}, refuse("", "mốc niêm phong cũ (--since) không có chữ ký của khóa %s", "the older checkpoint (--since) is not signed with the key %s", v.key.Name())
	}
	if older.Size > v.head.Size {
		return domain.Text{}, refuse(checkpointName, "sổ bị lùi lại: mốc đã giữ có %d sự kiện, bộ hồ sơ chỉ có %d", "the log was rolled back: the checkpoint that was kept has %d events, the dossier only %d", older.Size, v.head.Size)
	}
	root, err := v.tree().RootAt(older.Size)
	if err != nil || root != older.Root {
		return domain.Text{}, refuse(checkpointName, "sổ đã bị viết lại: %d sự kiện đầu không còn là những sự kiện của mốc đã giữ", "the log was rewritten: its first %d events are not those of the checkpoint that was kept", older.Size)
	}
	return text("%d sự kiện đầu vẫn là những sự kiện của mốc đã giữ", "the first %d events are still those of the checkpoint that was kept", older.Size), nil
}

// located checks that every event that is given in full is the leaf at its position.
func (v *verification) located(entries []Entry) error {
	for _, e := range entries {
		if e.Position < 1 || e.Position > domain.Position(v.head.Size) {
			return refuse(eventsName, "vị trí %d nằm ngoài cây", "position %d is not in the tree", e.Position)
		}
		if tlog.RecordHash(e.Payload) != v.leaf(e.Position) {
			return refuse(eventsName, "sự kiện ở vị trí %d không phải là lá của cây tại đó", "the event at position %d is not the leaf of the tree there", e.Position)
		}
	}
	return nil
}

// wholeLog checks that the events of the whole log are its leaves, and that none which belongs among those of the season was left out.
func (v *verification) wholeLog() error {
	given, streams := map[domain.Position]bool{}, map[string]bool{}
	for _, r := range v.account.events {
		given[r.Position], streams[r.Stream.String()] = true, true
	}
	position := domain.Position(0)
	for payload, err := range v.tree().Entries(0) {
		name := seal.EntriesPath(int64(position/fan), int(min(fan, domain.Position(v.head.Size)-position/fan*fan)))
		if err != nil {
			return refuse(name, "không đọc được: %v", "it can't be read: %v", err)
		}
		position++
		if tlog.RecordHash(payload) != v.leaf(position) {
			return refuse(name, "sự kiện ở vị trí %d không phải là lá của cây tại đó", "the event at position %d is not the leaf of the tree there", position)
		}
		if given[position] {
			continue
		}
		_, subject, err := envelope.Skim(payload)
		stream, errStream := domain.ParseStream(subject)
		if err == nil && errStream == nil && (stream.Season == v.manifest.Season || streams[subject]) {
			return refuse(eventsName, "thiếu sự kiện ở vị trí %d", "the event at position %d is missing", position)
		}
	}
	return nil
}
