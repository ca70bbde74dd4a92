package tables

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jmoiron/sqlx"

	"thidua/domain"
)

// Wish is what is asked of an export.
type Wish struct {
	Format  Format
	Dialect Dialect  // of CSV
	Tables  []string // all where none is named
	Season  string   // whose rows are wanted, "" for those of all; tables that know no season come whole
	// Since asks of tables that grow for what is behind a position only.
	Since *Since
	// Previous is the manifest of the export that is gone on from, where Since has its digest.
	Previous *Manifest
	// Progress is told how many rows are written, if it is given. To know of how many, they are counted first.
	Progress func(done, total uint64)
}

// Export writes tables into a new folder, or in place of an earlier export, as of one moment. The folder appears whole or not at all: after an error, or
// where the process ends before, what was there before is there. A *Refusal says that the folder is not an export, or that this one can not go on from
// the one before. A value that a format can not hold exactly is an error.
func (s Source) Export(ctx context.Context, db *sqlx.DB, out string, w Wish) (*Manifest, error) {
	if err := s.Check(w.Tables); err != nil {
		return nil, err
	}
	f, err := newFolder(out)
	if err != nil {
		return nil, err
	}
	defer f.abandon()
	m, err := s.read(ctx, db, f, w)
	if err != nil {
		return nil, err
	}
	return m, f.finish()
}

// read writes all files from one transaction.
func (s Source) read(ctx context.Context, db *sqlx.DB, f *folder, w Wish) (*Manifest, error) {
	tx, err := db.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("tables: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	if err := settle(ctx, tx); err != nil {
		return nil, err
	}
	m := &Manifest{Kind: manifestKind, Schema: s.Schema, Format: w.Format, Dialect: w.Dialect, Season: w.Season, Previous: w.Since, Note: note}
	if err := tx.QueryRowxContext(ctx, s.Moment).Scan(&m.Position, &m.Epoch); err != nil {
		return nil, fmt.Errorf("tables: position: %w", err)
	}
	if err := w.follows(m); err != nil {
		return nil, err
	}
	views, err := s.views(ctx, tx, w.Tables)
	if err != nil {
		return nil, err
	}
	if w.Progress, err = s.counted(ctx, tx, views, w); err != nil {
		return nil, err
	}
	for _, v := range views {
		written, err := s.table(ctx, tx, f, v, w, m.Position)
		if err != nil {
			return nil, fmt.Errorf("tables: %s.%s: %w", s.Schema, v.Name, err)
		}
		m.Tables = append(m.Tables, written)
	}
	return m, w.conclude(s, f, views, m)
}

// settle makes the session write values in the one form that is read here, and lets a statement take as long as it needs.
func settle(ctx context.Context, tx *sqlx.Tx) error {
	const settings = "SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '64MB'"
	if _, err := tx.ExecContext(ctx, settings); err != nil {
		return fmt.Errorf("tables: %w", err)
	}
	return nil
}

// follows judges that an export can go on from the one before.
func (w Wish) follows(m *Manifest) error {
	p := w.Previous
	switch {
	case w.Since == nil:
		return nil
	case w.Since.Position > m.Position:
		return &Refusal{domain.Text{
			VI: fmt.Sprintf("Các bảng mới đến vị trí %d của sổ, trước vị trí %d; hãy xuất lại toàn bộ.", m.Position, w.Since.Position),
			EN: fmt.Sprintf("The tables are of position %d of the log, before position %d; export everything anew.", m.Position, w.Since.Position),
		}}
	case p == nil:
		return nil
	case p.Epoch != m.Epoch || p.Schema != m.Schema:
		return &Refusal{domain.Text{
			VI: "Lần xuất trước là của một sổ khác; hãy xuất lại toàn bộ.", EN: "The export before is of another log; export everything anew.",
		}}
	case p.Format != m.Format || p.Dialect != m.Dialect || p.Season != m.Season:
		return &Refusal{domain.Text{
			VI: "Lần xuất trước có định dạng, kiểu CSV hoặc mùa thi đua khác; hãy yêu cầu như lần trước, hoặc xuất lại toàn bộ.",
			EN: "The export before has another format, dialect or season; ask for the same, or export everything anew.",
		}}
	}
	return nil
}

// since is the position behind which a table is read: 0 for all of it, as for one that the export before has not.
func (w Wish) since(v view) uint64 {
	if w.Since == nil || !v.Grows {
		return 0
	}
	if w.Previous != nil && !w.Previous.has(v.Name) {
		return 0
	}
	return w.Since.Position
}

// counted counts what is to be written and returns how to tell that a row more is, nil where nobody asks.
func (s Source) counted(ctx context.Context, tx *sqlx.Tx, views []view, w Wish) (func(done, total uint64), error) {
	if w.Progress == nil {
		return nil, nil
	}
	var total uint64
	for _, v := range views {
		var n uint64
		if err := tx.GetContext(ctx, &n, "SELECT count(*)"+s.from(v, w.Season, w.since(v))); err != nil {
			return nil, fmt.Errorf("tables: count: %w", err)
		}
		total += n
	}
	var all uint64
	return func(done, _ uint64) {
		all += done
		w.Progress(all, total)
	}, nil
}

// table writes the rows of one table.
func (s Source) table(ctx context.Context, tx *sqlx.Tx, f *folder, v view, w Wish, position uint64) (written Written, err error) {
	if err := os.Mkdir(filepath.Join(f.partial, v.Name), 0o755); err != nil {
		return written, err
	}
	p := &parts{wish: w, view: v, folder: f.partial, position: position}
	defer p.abandon()
	if err := p.next(); err != nil {
		return written, err
	}
	rows, err := tx.QueryContext(ctx, s.query(v, w.Season, w.since(v)))
	if err != nil {
		return written, err
	}
	defer func() { _ = rows.Close() }()
	if err := p.rows(rows, w.Progress); err != nil {
		return written, err
	}
	written = Written{Table: v.Name, Rows: rowsAll}
	if w.since(v) > 0 {
		written.Rows = rowsNew
	}
	err = errors.Join(rows.Close(), p.end())
	written.Files = p.done
	return written, err
}

// rows writes all rows of a query.
func (p *parts) rows(rows *sql.Rows, progress func(done, total uint64)) error {
	const step = 1000 // rows between two words of progress
	var raw sql.RawBytes
	var r record
	n := uint64(0)
	for rows.Next() {
		if err := rows.Scan(&raw); err != nil {
			return err
		}
		if err := r.cut(raw, len(p.view.columns)); err != nil {
			return err
		}
		if err := p.row(r.fields); err != nil {
			return err
		}
		if n++; n%step == 0 && progress != nil {
			progress(step, 0)
		}
	}
	if progress != nil {
		progress(n%step, 0)
	}
	return rows.Err()
}

// conclude writes what describes the tables, the manifest last.
func (w Wish) conclude(s Source, f *folder, views []view, m *Manifest) error {
	described, err := encode(w.describe(s, views, m))
	if err != nil {
		return err
	}
	for _, document := range []struct {
		name    string
		content []byte
	}{{packageFile, described}, {readmeFile, []byte(readme(m))}} {
		if err := f.write(document.name, document.content); err != nil {
			return err
		}
		m.Files = append(m.Files, File{Path: document.name, Bytes: int64(len(document.content)), SHA256: sum(document.content)})
	}
	content, err := encode(m)
	if err != nil {
		return err
	}
	m.SHA256 = sum(content)
	return f.write(ManifestFile, content)
}
