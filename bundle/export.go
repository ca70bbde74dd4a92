package bundle

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"thidua/domain"
)

// Exporter is what an export needs of the log.
type Exporter interface {
	Source
	// Evidence returns a stored file by the SHA-256 of its bytes.
	Evidence(ctx context.Context, sha256 string) (io.ReadCloser, error)
	// Erasures tells what was erased.
	Erasures(ctx context.Context) (*domain.Erasures, error)
}

// Export writes the record of a season as a bundle: a .zip where out ends so, else a folder. Numbers and instants are written as they came,
// rows and columns in a fixed order, so that the same record gives the same bytes. The bundle appears in one piece or not at all, for its
// owner's eyes only, because it names people. Marks stand where something was erased. ErrNotFound says that there is no such season, ErrRefused
// that out exists already or that an import of the season is under way, ErrCorrupt that a text is missing which no event erased.
func Export(ctx context.Context, log Exporter, seasonID, out string) error {
	if _, err := os.Lstat(out); err == nil {
		return &domain.Problem{Rule: RuleExists, Text: domain.Text{
			VI: fmt.Sprintf("%s đã có; hãy chọn tên khác", out), EN: fmt.Sprintf("%s exists already; choose another name", out),
		}}
	}
	rec, err := load(ctx, log, seasonID, nil)
	if err != nil {
		return fmt.Errorf("bundle: export %s: %w", seasonID, err)
	}
	w := rec.world(time.Time{})
	switch {
	case w.Season.Draft == nil:
		return fmt.Errorf("bundle: export %s: there is no such season: %w", seasonID, domain.ErrNotFound)
	case w.Season.Importing != "":
		return &domain.Problem{Rule: RuleImporting, Text: domain.Text{
			VI: fmt.Sprintf("mùa thi đua %s đang được nhập dở; hãy nhập lại gói cho xong rồi xuất", seasonID),
			EN: fmt.Sprintf("an import of the season %s is under way; import the bundle again to its end, then export", seasonID),
		}}
	}
	erasures, err := log.Erasures(ctx)
	if err == nil {
		err = rec.accounted(erasures)
	}
	if err != nil {
		return fmt.Errorf("bundle: export %s: %w", seasonID, err)
	}
	s := papersOf(w, rec.names)
	s.markEvidence(erasures)
	files := s.nameEvidence()
	if err := write(out, func(t tree) error { return s.writeTo(ctx, t, log, files) }); err != nil {
		return fmt.Errorf("bundle: export %s to %s: %w", seasonID, out, err)
	}
	return nil
}

// accounted judges that every text that is not disclosed was erased.
func (rec *record) accounted(erasures *domain.Erasures) error {
	for _, digest := range rec.absent {
		if erasures.Texts[digest] == 0 {
			return fmt.Errorf("the text of %s is missing, and no event erased it: %w", digest, domain.ErrCorrupt)
		}
	}
	return nil
}

// markEvidence puts marks for the files that were erased.
func (s *season) markEvidence(erasures *domain.Erasures) {
	for _, r := range s.rows[valuesFile] {
		files := r.(*valueRow).evidence
		for i, f := range files {
			if erasures.Evidence[f.sha256] > 0 {
				files[i].name = domain.FileMark(f.sha256, f.size)
			}
		}
	}
}

// tree is a folder or a zip that is being written.
type tree interface {
	// create adds a file.
	create(name string) (io.WriteCloser, error)
	close() error
}

// write makes a folder or a .zip beside out and gives it its name when it is whole.
func write(out string, fill func(tree) error) (err error) {
	var t tree
	var temporary string
	if strings.EqualFold(filepath.Ext(out), ".zip") {
		t, temporary, err = newZipTree(filepath.Dir(out))
	} else {
		temporary, err = os.MkdirTemp(filepath.Dir(out), ".bundle-*")
		t = folderTree(temporary)
	}
	if err != nil {
		return err
	}
	if err := errors.Join(fill(t), t.close()); err != nil {
		return errors.Join(err, os.RemoveAll(temporary))
	}
	return os.Rename(temporary, out)
}

// writeTo writes every file of the papers, in a fixed order. Tables that may be absent are left out where they have no rows.
func (s *season) writeTo(ctx context.Context, t tree, log Exporter, files map[string]string) error {
	text, err := s.yaml()
	if err != nil {
		return err
	}
	if err := writeFile(t, seasonFile, bytes.NewReader(text)); err != nil {
		return err
	}
	for _, table := range tables() {
		if len(s.rows[table.file]) == 0 && !table.required {
			continue
		}
		if err := writeFile(t, table.file, bytes.NewReader(table.csv(s.rows[table.file]))); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		content, err := log.Evidence(ctx, files[name])
		if err != nil {
			return err
		}
		if err := errors.Join(writeFile(t, path.Join(evidenceFolder, name), content), content.Close()); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(t tree, name string, content io.Reader) error {
	file, err := t.create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	return errors.Join(err, file.Close())
}

// csv writes rows with all columns of the table.
func (t table) csv(rows []row) []byte {
	var text bytes.Buffer
	records := [][]string{t.columns()}
	for _, r := range rows {
		var record []string
		for _, c := range r.cells() {
			record = append(record, c.field.text())
		}
		records = append(records, record)
	}
	_ = csv.NewWriter(&text).WriteAll(records) // to memory
	return text.Bytes()
}

// nameEvidence gives every file of evidence a name of its own and returns the digests by names. Files that bear one name but differ, which
// can be where values came in by other ways than one bundle, get their digests into their names, as does a name that no folder takes.
func (s *season) nameEvidence() map[string]string {
	named := map[string]string{}
	for _, r := range s.rows[valuesFile] {
		files := r.(*valueRow).evidence
		for i, f := range files {
			if f.gone() {
				continue
			}
			if has, taken := named[f.name]; !plainName(f.name) || ignored(f.name) || domain.IsMark(f.name) || taken && has != f.sha256 {
				files[i].name = f.sha256[:16] + strings.ToLower(path.Ext(path.Base(f.name)))
				if !plainName(files[i].name) {
					files[i].name = f.sha256[:16]
				}
			}
			named[files[i].name] = f.sha256
		}
	}
	return named
}
