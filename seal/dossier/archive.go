package dossier

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"thidua/domain"
)

// The bounds of a dossier. A file that is not within them is not read.
const (
	totalLimit    = 4 << 30  // bytes of all files
	countLimit    = 65_000   // files
	manifestLimit = 32 << 20 // bytes of the manifest, the one file whose size nobody has signed
	fileLimit     = 256 << 20
)

const manifestName = "manifest"

// archive is a zip whose names and sizes were judged. It is an fs.FS of the files in it, each read anew.
type archive struct{ files map[string]*zip.File }

// openArchive judges a zip before anything is unpacked: regular files only, each once and by a plain name, within the bounds.
func openArchive(file io.ReaderAt, size int64) (*archive, error) {
	z, err := zip.NewReader(file, size)
	if err != nil {
		return nil, refuse("", "không đọc được tệp zip: %v", "it is not a zip that can be read: %v", err)
	}
	if len(z.File) > countLimit {
		return nil, refuse("", "có %d tệp, nhiều nhất được %d", "it has %d files, at most %d are taken", len(z.File), countLimit)
	}
	a, total := &archive{map[string]*zip.File{}}, uint64(0)
	folded := map[string]bool{}
	for _, f := range z.File {
		name := f.Name
		switch {
		case !fileName.MatchString(name) || f.NonUTF8 && !ascii(name):
			return nil, refuse(name, "tên tệp không được phép", "it is not a name that a dossier can have")
		case !f.Mode().IsRegular():
			return nil, refuse(name, "không phải là tệp thường (liên kết hoặc thư mục)", "it is no regular file, but a link or a folder")
		case folded[strings.ToLower(name)]:
			return nil, refuse(name, "tên tệp có hai lần", "the name stands twice")
		case f.Method != zip.Store && f.Method != zip.Deflate || f.Flags&1 != 0:
			return nil, refuse(name, "tệp bị mã hóa hoặc nén theo cách lạ", "it is encrypted, or compressed in an unknown way")
		case f.UncompressedSize64 > fileLimit || total+f.UncompressedSize64 > totalLimit:
			return nil, refuse(name, "bộ hồ sơ quá lớn khi giải nén", "unpacked, the dossier is too large")
		}
		total += f.UncompressedSize64
		folded[strings.ToLower(name)], a.files[name] = true, f
	}
	return a, nil
}

func ascii(name string) bool {
	return strings.IndexFunc(name, func(r rune) bool { return r > '~' }) < 0
}

// names lists the files in order.
func (a *archive) names() []string { return slices.Sorted(maps.Keys(a.files)) }

// read gives a file, which must have the size that the zip says and at most so many bytes.
func (a *archive) read(name string, limit int64) ([]byte, error) {
	f, ok := a.files[name]
	if !ok {
		return nil, refuse(name, "thiếu tệp này", "it is missing")
	}
	if f.UncompressedSize64 > uint64(limit) {
		return nil, refuse(name, "tệp dài %d byte, không phải %d", "it has %d bytes, not %d", f.UncompressedSize64, limit)
	}
	content := make([]byte, 0, f.UncompressedSize64)
	r, err := f.Open()
	if err != nil {
		return nil, refuse(name, "không đọc được: %v", "it can't be read: %v", err)
	}
	buffer := bytes.NewBuffer(content)
	_, err = io.Copy(buffer, io.LimitReader(r, limit+1))
	if closed := r.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, refuse(name, "không đọc được: %v", "it can't be read: %v", err)
	}
	if int64(buffer.Len()) > limit {
		return nil, refuse(name, "tệp dài hơn %d byte", "it has more than %d bytes", limit)
	}
	return buffer.Bytes(), nil
}

// Open gives a file of the archive, so that a tree can be read from its tiles.
func (a *archive) Open(name string) (fs.File, error) {
	if _, ok := a.files[name]; !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	content, err := a.read(name, fileLimit)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &openFile{Reader: bytes.NewReader(content), name: path.Base(name)}, nil
}

// openFile is a file that was read.
type openFile struct {
	*bytes.Reader
	name string
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *openFile) Close() error               { return nil }
func (f *openFile) Name() string               { return f.name }
func (f *openFile) Mode() fs.FileMode          { return 0o444 }
func (f *openFile) ModTime() (t time.Time)     { return t }
func (f *openFile) IsDir() bool                { return false }
func (f *openFile) Sys() any                   { return nil }

// Fault says what is wrong with a dossier, and in which of its files.
type Fault struct {
	File string // "" where it is the whole
	text domain.Text
}

func refuse(file, vi, en string, args ...any) *Fault {
	return &Fault{File: file, text: domain.Text{VI: fmt.Sprintf(vi, args...), EN: fmt.Sprintf(en, args...)}}
}

// Text says it in both languages, with the file before it.
func (f *Fault) Text() domain.Text {
	if f.File == "" {
		return f.text
	}
	return domain.Text{VI: f.File + ": " + f.text.VI, EN: f.File + ": " + f.text.EN}
}

// Error gives the English text.
func (f *Fault) Error() string { return f.Text().EN }

// Unwrap gives the kind.
func (f *Fault) Unwrap() error { return domain.ErrInvalid }
