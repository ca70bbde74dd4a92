package bundle

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// openZip lists a .zip.
func openZip(name string) (*archive, []Fault, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, nil, fmt.Errorf("bundle: open %s: %w", name, err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("bundle: open %s: %w", name, err), file.Close())
	}
	return listZip(name, file, info.Size(), file.Close)
}

// listZip lists what is a .zip. Its headers are trusted for refusing it early, never for taking it.
func listZip(name string, content io.ReaderAt, size int64, closeIt func() error) (*archive, []Fault, error) {
	file, err := zip.NewReader(content, size)
	switch {
	case errors.Is(err, zip.ErrFormat) || errors.Is(err, zip.ErrAlgorithm):
		return &archive{close: closeIt}, []Fault{fault(filepath.Base(name), 0, "", RuleZip,
			"tệp này không phải là thư mục và cũng không phải tệp zip đọc được; hãy nén lại", "this is neither a folder nor a readable zip; pack it again")}, nil
	case err != nil && !errors.Is(err, zip.ErrInsecurePath):
		return nil, nil, errors.Join(fmt.Errorf("bundle: open %s: %w", name, err), closeIt())
	}
	a := &archive{packed: true, left: unpackedLimit, close: closeIt}
	if tooLarge(file.File) {
		return a, []Fault{tooLargeFault()}, nil
	}
	l := listing{files: map[string]opener{}}
	for _, entry := range file.File {
		if !strings.HasSuffix(entry.Name, "/") {
			l.add(entry.Name, entry.Mode(), entry.Open)
		}
	}
	a.files = rebased(l.files)
	return a, l.faults, nil
}

// tooLarge reports whether a zip says itself that it is over the bounds.
func tooLarge(entries []*zip.File) bool {
	var total uint64
	for _, entry := range entries {
		if entry.UncompressedSize64 > unpackedLimit {
			continue // the file's own bound will tell
		}
		total += entry.UncompressedSize64
	}
	return len(entries) > filesLimit || total > unpackedLimit
}

func tooLargeFault() Fault {
	return fault("", 0, "", RuleZip, "gói vượt mức cho phép (%d tệp, 2 GiB sau khi giải nén); hãy bỏ bớt minh chứng",
		"the bundle is over the bounds (%d files, 2 GiB unpacked); take evidence out", filesLimit)
}

// rebased takes away the one folder that all files lie in, if they do.
func rebased(files map[string]opener) map[string]opener {
	folder := ""
	for name := range files {
		first, _, nested := strings.Cut(name, "/")
		if !nested || first == evidenceFolder || folder != "" && first != folder {
			return files
		}
		folder = first
	}
	moved := make(map[string]opener, len(files))
	for name, open := range files {
		moved[strings.TrimPrefix(name, folder+"/")] = open
	}
	return moved
}
