package bundle

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The bounds of spec "bundle", 11, and of what is held in memory at once.
const (
	filesLimit    = 100_000
	unpackedLimit = 2 << 30
	tableLimit    = 256 << 20
	yamlLimit     = 4 << 20
)

// archive is the files of a bundle, wherever they lie, under the paths that spec "bundle" gives them.
type archive struct {
	files  map[string]opener
	packed bool  // in a zip, so that a file which cannot be read is an error of the bundle
	left   int64 // bytes that may still be unpacked
	close  func() error
}

// opener opens one file for reading, as often as it is asked to.
type opener func() (io.ReadCloser, error)

// Why a file is not read to its end.
var (
	errFileSize  = errors.New("the file is larger than it may be")
	errTotalSize = errors.New("the bundle is larger than it may be")
)

// openArchive lists the files of a folder or of a .zip. What is wrong with the paths is told as faults.
func openArchive(name string) (*archive, []Fault, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, nil, fmt.Errorf("bundle: open %s: %w", name, err)
	}
	if info.IsDir() {
		return openFolder(name)
	}
	return openZip(name)
}

// openFolder lists a folder. It is opened as a root that no link inside it can leave.
func openFolder(name string) (*archive, []Fault, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, nil, fmt.Errorf("bundle: open %s: %w", name, err)
	}
	l := listing{files: map[string]opener{}}
	err = fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && ignored(name):
			return fs.SkipDir
		case !entry.IsDir():
			l.add(name, entry.Type(), func() (io.ReadCloser, error) { return root.Open(filepath.FromSlash(name)) })
		}
		return nil
	})
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("bundle: open %s: %w", name, err), root.Close())
	}
	return &archive{files: l.files, left: unpackedLimit, close: root.Close}, l.faults, nil
}

// copy writes a file to w. The errors errFileSize and errTotalSize say that it was cut off.
func (a *archive) copy(ctx context.Context, name string, limit int64, w io.Writer) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	file, err := a.files[name]()
	if err != nil {
		return 0, err
	}
	defer func() { _ = file.Close() }()
	n, err := io.Copy(w, io.LimitReader(file, min(limit, a.left)+1))
	a.left -= n
	switch {
	case err != nil:
		return n, err
	case a.left < 0:
		return n, errTotalSize
	case n > limit:
		return n, errFileSize
	}
	return n, nil
}

// listing collects the paths of an archive and what is wrong with them.
type listing struct {
	files  map[string]opener
	faults []Fault
}

// add lists one entry. Folders are not listed.
func (l *listing) add(raw string, mode fs.FileMode, open opener) {
	if !utf8.ValidString(raw) || strings.ContainsAny(raw, "\\\x00") || strings.HasPrefix(raw, "/") || leaves(raw) {
		l.faults = append(l.faults, fault(strings.ToValidUTF8(raw, "�"), 0, "", RuleZip,
			"đường dẫn này không được nhận: phải là UTF-8, tương đối, dùng dấu / và không ra ngoài gói; hãy đổi tên tệp",
			"this path is not taken: it must be UTF-8, relative, with / and inside the bundle; rename the file"))
		return
	}
	name := norm.NFC.String(path.Clean(raw))
	switch {
	case ignored(name):
	case !mode.IsRegular():
		l.faults = append(l.faults, fault(name, 0, "", RuleZip, "đây không phải là tệp thường (là liên kết hoặc thiết bị); hãy thay bằng chính tệp đó",
			"this is not a plain file but a link or a device; put the file itself in its place"))
	case l.files[name] != nil:
		l.faults = append(l.faults, fault(name, 0, "", RuleZip, "gói có hai tệp cùng tên này; hãy giữ một tệp", "there are two files of this name; keep one"))
	default:
		l.files[name] = open
	}
}

// leaves reports whether a path has a step upwards.
func leaves(name string) bool {
	for step := range strings.SplitSeq(name, "/") {
		if step == ".." {
			return true
		}
	}
	return false
}

// ignored reports whether a path is one of those that machines leave behind, which are passed over.
func ignored(name string) bool {
	for step := range strings.SplitSeq(name, "/") {
		lower := strings.ToLower(step)
		if step == "" || step[0] == '.' || strings.HasPrefix(step, "~$") || lower == "__macosx" || lower == "thumbs.db" || lower == "desktop.ini" {
			return true
		}
	}
	return false
}
