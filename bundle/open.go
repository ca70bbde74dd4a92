package bundle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Bundle is a season's papers, read and open for judging and importing.
type Bundle struct {
	archive *archive
	papers  papers
}

// papers is what was read of a bundle.
type papers struct {
	season *season
	// faults are the errors of form.
	faults []Fault
	// broken are the rows with an error of form, by file: what could be read of them.
	broken map[string][]row
	// outline is where the keys of season.yaml stand.
	outline outline
	// text is season.yaml as text, for the bundle's digest.
	text []byte
}

// reading is the reading of one bundle.
type reading struct {
	archive *archive
	papers
	full         bool // more was to be unpacked than may be
	lostEvidence bool // a row of values is without what it says in its column evidence
}

// Open reads a bundle from a folder or a .zip. What is wrong with the bundle is told by Judge; the error says that it could not be read at
// all, such as fs.ErrNotExist. The bundle must be closed.
func Open(ctx context.Context, path string) (*Bundle, error) {
	archive, faults, err := openArchive(path)
	if err != nil {
		return nil, err
	}
	return open(ctx, path, archive, faults)
}

// OpenZip reads a bundle from the bytes of a .zip, which stay open while the bundle is. The name is for what is told of it.
func OpenZip(ctx context.Context, name string, content io.ReaderAt, size int64) (*Bundle, error) {
	archive, faults, err := listZip(name, content, size, func() error { return nil })
	if err != nil {
		return nil, err
	}
	return open(ctx, name, archive, faults)
}

func open(ctx context.Context, path string, archive *archive, faults []Fault) (*Bundle, error) {
	r := &reading{archive: archive, papers: papers{faults: faults, season: newSeason(), broken: map[string][]row{}, outline: newOutline()}}
	if len(archive.files) > filesLimit {
		r.tell(tooLargeFault())
		archive.files = nil
	}
	if archive.files != nil {
		if err := r.read(ctx); err != nil {
			return nil, fmt.Errorf("bundle: read %s: %w", path, errors.Join(err, archive.close()))
		}
	}
	return &Bundle{archive: archive, papers: r.papers}, nil
}

// Close closes the bundle's files.
func (b *Bundle) Close() error { return b.archive.close() }

// Season returns the id of the season that the bundle is of, "" where season.yaml does not say.
func (b *Bundle) Season() string { return b.papers.season.id }

func (r *reading) read(ctx context.Context) error {
	r.readPaths()
	text, ok, err := r.readText(ctx, seasonFile, yamlLimit)
	if err != nil {
		return err
	}
	if ok {
		r.text = text
		r.readSeason(text)
	}
	for _, t := range tables() {
		if r.archive.files[t.file] == nil && !t.required {
			continue
		}
		text, ok, err := r.readText(ctx, t.file, tableLimit)
		if err != nil {
			return err
		}
		if !ok {
			r.lose(t, 0)
			continue
		}
		r.readTable(t, text)
	}
	return r.readEvidence(ctx)
}

// readPaths tells of every file that a bundle does not have.
func (r *reading) readPaths() {
	known := map[string]bool{seasonFile: true}
	for _, t := range tables() {
		known[t.file] = true
	}
	for _, name := range slices.Sorted(maps.Keys(r.archive.files)) {
		inner := strings.TrimPrefix(name, evidenceFolder+"/")
		switch {
		case isEvidence(name) && strings.Contains(inner, "/"):
			r.tell(fault(name, 0, "", RuleEvidenceName, "minh chứng nằm ngay trong thư mục evidence, không có thư mục con; hãy chuyển tệp ra ngoài",
				"evidence lies in the folder evidence itself, without folders inside; move the file up"))
		case !known[name] && !isEvidence(name):
			r.tell(fault(name, 0, "", RuleFileUnknown, "gói không có tệp tên này; hãy đổi tên hoặc bỏ tệp", "a bundle has no file of this name; rename or remove it"))
		}
	}
}

// readText reads a file as text. Where it cannot, a fault tells of it.
func (r *reading) readText(ctx context.Context, name string, limit int64) (text []byte, ok bool, err error) {
	if r.archive.files[name] == nil {
		r.tell(fault(name, 0, "", RuleFileMissing, "gói thiếu tệp này; hãy thêm vào", "the bundle lacks this file; add it"))
		return nil, false, nil
	}
	var raw bytes.Buffer
	if _, err := r.archive.copy(ctx, name, limit, &raw); err != nil {
		return nil, false, r.unreadable(name, err)
	}
	text, f := decode(name, raw.Bytes())
	if f != nil {
		r.tell(*f)
	}
	return text, f == nil, nil
}

// unreadable tells of a file that could not be read, where that is the bundle's fault; else it returns the error.
func (r *reading) unreadable(name string, err error) error {
	switch {
	case errors.Is(err, errTotalSize):
		if !r.full {
			r.tell(tooLargeFault())
		}
		r.full = true
	case errors.Is(err, errFileSize):
		r.tell(fault(name, 0, "", RuleFileSize, "tệp quá lớn để đọc; hãy kiểm tra lại nội dung", "the file is too large to be read; check what it holds"))
	case r.archive.packed && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded):
		r.tell(fault(name, 0, "", RuleZip, "không giải nén được tệp này (%v); hãy nén lại", "this file cannot be unpacked (%v); pack it again", err))
	default:
		return err
	}
	return nil
}

// tell adds an error of form.
func (r *reading) tell(f Fault) { r.faults = append(r.faults, f) }
