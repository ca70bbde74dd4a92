package bundle

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"thidua/domain"
)

// file is a file of evidence as a row names it. The digest and the size are known once it was read.
type file struct {
	name, sha256 string
	size         int64
}

// fileNames is a cell that names files, several separated by ";". As a value it is a set of names and contents.
type fileNames struct{ files *[]file }

func (f fileNames) read(text string) error {
	for name := range strings.SplitSeq(text, ";") {
		_, _, erased := domain.ParseFileMark(name)
		if !plainName(name) || domain.IsMark(name) && !erased {
			*f.files = nil
			return &domain.Problem{Rule: RuleEvidenceName, Text: domain.Text{
				VI: fmt.Sprintf("%q không phải là tên tệp; hãy ghi tên tệp trong evidence, không có thư mục, nhiều tên cách nhau bằng dấu ;", name),
				EN: fmt.Sprintf("%q is not the name of a file; write names of files in evidence, without folders, separated by ;", name),
			}}
		}
		if !slices.ContainsFunc(*f.files, func(has file) bool { return has.name == name }) {
			*f.files = append(*f.files, file{name: name})
		}
	}
	return nil
}

func (f fileNames) text() string {
	names := make([]string, len(*f.files))
	for i, file := range *f.files {
		names[i] = file.name
	}
	return strings.Join(names, ";")
}

func (f fileNames) plain() string {
	parts := make([]string, len(*f.files))
	for i, file := range *f.files {
		parts[i] = file.name + "/" + file.sha256
	}
	slices.Sort(parts)
	return strings.Join(parts, ";")
}

// agrees reports whether other papers name the same files. Where a name or a file was erased on either side, the contents' digests decide.
func (f fileNames) agrees(other fileNames) bool {
	if len(*f.files) != len(*other.files) {
		return false
	}
	left := slices.Clone(*other.files)
	for _, has := range *f.files {
		i := slices.IndexFunc(left, func(o file) bool {
			return o.sha256 == has.sha256 && (o.name == has.name || domain.IsMark(o.name) || domain.IsMark(has.name))
		})
		if i < 0 {
			return false
		}
		left = slices.Delete(left, i, i+1)
	}
	return true
}

// plainName reports whether a text can be a file's name in the folder evidence.
func plainName(name string) bool {
	text, err := domain.ParseText(name)
	return err == nil && text == name && name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\\;\r\n\t")
}

// gone reports whether the file was erased before the papers were written.
func (f file) gone() bool {
	_, _, erased := domain.ParseFileMark(f.name)
	return erased
}

func isEvidence(name string) bool { return strings.HasPrefix(name, evidenceFolder+"/") }

// readEvidence gives the rows the digests of the files they name, and tells of files that are named but not there, or there but not named.
// A file is hashed while it is read, so that no more than a buffer of it is held.
func (r *reading) readEvidence(ctx context.Context) error {
	named := r.namedEvidence()
	for _, name := range slices.Sorted(maps.Keys(named)) {
		read, err := r.hash(ctx, name)
		if err != nil {
			return err
		}
		for _, f := range named[name] {
			f.sha256, f.size = read.sha256, read.size
		}
	}
	for _, full := range slices.Sorted(maps.Keys(r.archive.files)) {
		if name := strings.TrimPrefix(full, evidenceFolder+"/"); isEvidence(full) && named[name] == nil && !strings.Contains(name, "/") && !r.lostEvidence {
			r.tell(fault(full, 0, "", RuleEvidenceUnnamed, "không dòng nào của values.csv nêu tên tệp này; hãy ghi tên tệp vào cột evidence hoặc bỏ tệp",
				"no row of values.csv names this file; name it in the column evidence or remove it"))
		}
	}
	return nil
}

// namedEvidence lists the files that rows name and that are there. One that is not is a fault of the row.
func (r *reading) namedEvidence() map[string][]*file {
	named := map[string][]*file{}
	for _, v := range slices.Concat(r.season.rows[valuesFile], r.broken[valuesFile]) {
		files := v.(*valueRow).evidence
		for i := range files {
			name := files[i].name
			if sha256, size, erased := domain.ParseFileMark(name); erased { // there is no such file any more
				files[i].sha256, files[i].size = sha256, size
				continue
			}
			if r.archive.files[path.Join(evidenceFolder, name)] != nil {
				named[name] = append(named[name], &files[i])
				continue
			}
			r.tell(fault(valuesFile, v.from().line, "evidence", RuleEvidenceMissing, "không có tệp %s trong thư mục evidence; hãy thêm tệp hoặc sửa tên",
				"there is no file %s in the folder evidence; add it or correct the name", name))
		}
	}
	return named
}

// hash reads one file. What keeps it from being read is a fault of the file.
func (r *reading) hash(ctx context.Context, name string) (file, error) {
	full := path.Join(evidenceFolder, name)
	sum := sha256.New()
	size, err := r.archive.copy(ctx, full, domain.EvidenceLimit, sum)
	if errors.Is(err, errFileSize) {
		r.tell(fault(full, 0, "", domain.RuleEvidenceSize, "tệp minh chứng lớn hơn 20 MiB; hãy nén hoặc tách tệp",
			"the file of evidence is larger than 20 MiB; compress or split it"))
		return file{}, nil
	}
	if err != nil {
		return file{}, r.unreadable(full, err)
	}
	return file{name: name, sha256: hex.EncodeToString(sum.Sum(nil)), size: size}, nil
}

// openEvidence opens a file for storing it.
func (b *Bundle) openEvidence(name string) (io.ReadCloser, error) {
	return b.archive.files[path.Join(evidenceFolder, name)]()
}

// mediaType tells what kind of file a name announces. The list is its own, so that it is the same on every machine.
func mediaType(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".pdf":
		return "application/pdf"
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".png":
		return "image/png"
	case ".txt":
		return "text/plain"
	case ".csv":
		return "text/csv"
	case ".doc":
		return "application/msword"
	case ".docx":
		return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	case ".xls":
		return "application/vnd.ms-excel"
	case ".xlsx":
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case ".zip":
		return "application/zip"
	case ".mp4":
		return "video/mp4"
	}
	return "application/octet-stream"
}
