package seal_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"testing"

	"thidua/seal"
)

// growing publishes a log again and again, at sizes that grow by 1 and then 2 and so on, and returns its folder and the checkpoints.
func growing(t *testing.T, times int64) (*seal.Folder, string, []seal.Checkpoint) {
	t.Helper()
	dir := t.TempDir()
	key, err := seal.NewKey(bytes.NewReader(make([]byte, 64)), "thidua.example.vn/log")
	if err != nil {
		t.Fatal(err)
	}
	folder, err := seal.OpenFolder(dir, seal.Checkpoint{Origin: key.Origin(), Root: seal.EmptyRoot()})
	if err != nil {
		t.Fatal(err)
	}
	var all []seal.Checkpoint
	for n := range times {
		if err := folder.Append(make([][]byte, n+1)); err != nil {
			t.Fatal(err)
		}
		size, root := folder.Head()
		c, err := seal.Checkpoint{Origin: key.Origin(), Size: size, Root: root}.Sign(key)
		if err != nil {
			t.Fatal(err)
		}
		if err := folder.Publish(c); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return folder, dir, all
}

func TestCheckpointsFrom(t *testing.T) {
	_, dir, all := growing(t, 250)
	for _, from := range []int64{0, 1, 2, 15, 1000, 31374, 31375, 31376} {
		var want, got []int64
		for _, c := range all {
			if c.Size >= from {
				want = append(want, c.Size)
			}
		}
		for c, err := range seal.CheckpointsFrom(os.DirFS(dir), from) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, c.Size)
			if len(got) == 3 {
				break // who has seen enough may stop
			}
		}
		if len(got) != min(3, len(want)) || len(got) > 0 && (got[0] != want[0] || got[len(got)-1] != want[len(got)-1]) {
			t.Errorf("from %d: %v, want the first of %d from %v", from, got, len(want), want[:min(3, len(want))])
		}
	}
	for _, err := range seal.CheckpointsFrom(os.DirFS(t.TempDir()), 0) {
		t.Errorf("of nothing: %v", err)
	}
}

func TestKeepWitnessed(t *testing.T) {
	folder, dir, all := growing(t, 3)
	files := os.DirFS(dir)
	if _, err := seal.ReadWitnessed(files); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before any: %v", err)
	}
	late := all[2].With([]byte("— w.example/1 AAAA\n"))
	for _, step := range []struct{ keep, want seal.Checkpoint }{{all[1], all[1]}, {all[0], all[1]}, {all[2], all[2]}, {late, late}} {
		if err := folder.KeepWitnessed(step.keep); err != nil {
			t.Fatal(err)
		}
		if got, err := seal.ReadWitnessed(files); err != nil || !bytes.Equal(got.Note, step.want.Note) {
			t.Errorf("after the one of %d: %s, %v", step.keep.Size, got.Note, err)
		}
	}
}
