package tables

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"thidua/domain"
)

// folder is the folder of an export while it is made, beside its place and under another name.
type folder struct {
	out, partial string
	lock         *os.File // the folder itself, which one process may fill; the kernel takes the lock back when that dies
	finished     bool
}

// newFolder takes the folder for an export. What an earlier one has left behind that did not come to its end is removed.
func newFolder(out string) (*folder, error) {
	out, err := filepath.Abs(out)
	if err != nil {
		return nil, err
	}
	if err := replaceable(out); err != nil {
		return nil, err
	}
	f := &folder{out: out, partial: filepath.Join(filepath.Dir(out), "."+filepath.Base(out)+".thidua-partial")}
	if err := os.Mkdir(f.partial, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	if f.lock, err = os.Open(f.partial); err != nil {
		return nil, err
	}
	if err := f.take(); err != nil {
		return nil, errors.Join(err, f.lock.Close())
	}
	return f, nil
}

// take locks the folder and empties it.
func (f *folder) take() error {
	err := unix.Flock(int(f.lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == nil {
		err = f.same()
	}
	if err != nil {
		return &Refusal{passing: true, text: domain.Text{
			VI: fmt.Sprintf("Một lệnh khác đang xuất vào %s; hãy đợi lệnh đó xong.", f.out), EN: fmt.Sprintf("Another command is writing to %s; wait until it has ended.", f.out),
		}}
	}
	entries, err := os.ReadDir(f.partial)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(f.partial, e.Name())))
	}
	return err
}

// same judges that what is locked still has its name: whoever held it before may have finished and given it another.
func (f *folder) same() error {
	locked, err := f.lock.Stat()
	if err != nil {
		return err
	}
	named, err := os.Stat(f.partial)
	if err != nil {
		return err
	}
	if !os.SameFile(locked, named) {
		return fs.ErrNotExist
	}
	return nil
}

// write writes a small file.
func (f *folder) write(name string, content []byte) error {
	file, err := os.OpenFile(filepath.Join(f.partial, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Sync(), file.Close())
}

// finish gives the folder its name. An earlier export in its place is exchanged for it in one step where the system can do that, and then removed.
func (f *folder) finish() error {
	if err := replaceable(f.out); err != nil { // something may have been laid there meanwhile
		return err
	}
	err := os.Rename(f.partial, f.out) // also in place of an empty folder
	if errors.Is(err, fs.ErrExist) {
		err = exchange(f.partial, f.out)
	}
	if err != nil {
		return err
	}
	f.finished = true
	parent, err := os.Open(filepath.Dir(f.out))
	if err != nil {
		return err
	}
	return errors.Join(parent.Sync(), parent.Close(), os.RemoveAll(f.partial), f.lock.Close())
}

// abandon removes what was written if it did not come to its end.
func (f *folder) abandon() {
	if !f.finished {
		_ = os.RemoveAll(f.partial)
		_ = f.lock.Close()
	}
}

// exchangeByName does in two steps what exchange does in one.
func exchangeByName(fresh, out string) error {
	aside := fresh + ".old"
	if err := os.Rename(out, aside); err != nil {
		return err
	}
	if err := os.Rename(fresh, out); err != nil {
		return errors.Join(err, os.Rename(aside, out))
	}
	return os.RemoveAll(aside)
}

// replaceable judges that nothing is at a place, or nothing but an export. The error is a *Refusal where there is something else.
func replaceable(out string) error {
	info, err := os.Lstat(out)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.IsDir() {
		foreign, err := foreign(out)
		if err != nil || foreign == "" {
			return err
		}
		out = filepath.Join(out, foreign)
	}
	return &Refusal{text: domain.Text{
		VI: fmt.Sprintf("%s đã có và không do lệnh xuất bảng ghi ra; hãy chọn một thư mục khác.", out),
		EN: fmt.Sprintf("%s is there already and was not written by an export of tables; choose another folder.", out),
	}}
}

// foreign finds something in a folder that its manifest does not name, "" for nothing.
func foreign(out string) (found string, err error) {
	var ours []string
	m, err := ReadManifest(filepath.Join(out, ManifestFile))
	if err == nil {
		ours = m.paths()
	}
	err = filepath.WalkDir(out, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || name == out {
			return err
		}
		relative, err := filepath.Rel(out, name)
		if err != nil {
			return err
		}
		relative = filepath.ToSlash(relative)
		if slices.Contains(ours, relative) && entry.Type().IsRegular() || entry.IsDir() && slices.ContainsFunc(ours, func(path string) bool { return strings.HasPrefix(path, relative+"/") }) {
			return nil
		}
		found = relative
		return fs.SkipAll
	})
	return found, err
}
