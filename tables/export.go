package tables

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jmoiron/sqlx"
)

// Wish is what is asked of an export.
type Wish struct {
	Format  Format
	Dialect Dialect  // of CSV
	Tables  []string // all where none is named
	Season  string   // whose rows are wanted, "" for those of all; tables that know no season come whole
	// Since asks, of tables that change by season, for the seasons that have changed behind a position.
	Since *Since
	// Previous is the manifest of the export that is gone on from, where Since has its digest. By it a season is also found to have changed where that is no
	// event's doing.
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
	tx, now, err := s.snapshot(ctx, db)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	m := &Manifest{
		Kind: manifestKind, Schema: s.Schema, Epoch: now.epoch, Position: now.position, Format: w.Format, Dialect: w.Dialect, Season: w.Season,
		Previous: w.Since, Note: note,
	}
	if m.Seasons, err = s.seasons(ctx, tx, w.Season); err != nil {
		return nil, err
	}
	if err := w.follows(m); err != nil {
		return nil, err
	}
	views, err := s.views(ctx, tx, w.Tables)
	if err != nil {
		return nil, err
	}
	e := &export{source: s, wish: w, tx: tx, folder: f, manifest: m, changed: w.changed(m)}
	if err := e.count(ctx, views); err != nil {
		return nil, err
	}
	for _, v := range views {
		written, err := e.table(ctx, v)
		if err != nil {
			return nil, fmt.Errorf("tables: %s.%s: %w", s.Schema, v.Name, err)
		}
		written.Parked = now.parked[v.Name]
		m.Tables = append(m.Tables, written)
	}
	return m, w.conclude(s, f, views, m)
}

// export is an export at work.
type export struct {
	source   Source
	wish     Wish
	tx       *sqlx.Tx
	folder   *folder
	manifest *Manifest
	changed  []string // seasons, where it goes on from another one

	done, total uint64 // rows
}

// selection says which rows of a view are written, and how the manifest calls that.
func (e *export) selection(v view) (which selection, rows string) {
	switch {
	case v.BySeason && e.wish.Since != nil && (e.wish.Previous == nil || e.wish.Previous.has(v.Name)):
		return selection{only: true, seasons: e.changed}, rowsSeasons
	case v.season && e.wish.Season != "":
		return selection{only: true, seasons: []string{e.wish.Season}}, rowsAll
	}
	return selection{}, rowsAll
}

// count counts what is to be written, where somebody is told how far it is.
func (e *export) count(ctx context.Context, views []view) error {
	if e.wish.Progress == nil {
		return nil
	}
	for _, v := range views {
		var n uint64
		which, _ := e.selection(v)
		if err := e.tx.GetContext(ctx, &n, "SELECT count(*)"+e.source.from(v, which)); err != nil {
			return fmt.Errorf("tables: count: %w", err)
		}
		e.total += n
	}
	return nil
}

// table writes the rows of one table.
func (e *export) table(ctx context.Context, v view) (written Written, err error) {
	if err := os.Mkdir(filepath.Join(e.folder.partial, v.Name), 0o755); err != nil {
		return written, err
	}
	p := &parts{wish: e.wish, view: v, folder: e.folder.partial, position: e.manifest.Position}
	defer p.abandon()
	if err := p.next(); err != nil {
		return written, err
	}
	which, how := e.selection(v)
	rows, err := e.tx.QueryContext(ctx, e.source.query(v, which))
	if err != nil {
		return written, err
	}
	defer func() { _ = rows.Close() }()
	if err := e.rows(rows, p); err != nil {
		return written, err
	}
	written = Written{Table: v.Name, Rows: how}
	if how == rowsSeasons {
		written.Seasons = which.seasons
	}
	err = errors.Join(rows.Close(), p.end())
	written.Files = p.done
	return written, err
}

// rows writes all rows of a query.
func (e *export) rows(rows *sql.Rows, p *parts) error {
	const step = 1000 // rows between two words of progress
	var raw sql.RawBytes
	var r record
	for n := 1; rows.Next(); n++ {
		if err := rows.Scan(&raw); err != nil {
			return err
		}
		if err := r.cut(raw, len(p.view.columns)); err != nil {
			return err
		}
		if err := p.row(r.fields); err != nil {
			return err
		}
		if e.done++; n%step == 0 {
			e.tell()
		}
	}
	e.tell()
	return rows.Err()
}

func (e *export) tell() {
	if e.wish.Progress != nil {
		e.wish.Progress(e.done, e.total)
	}
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
