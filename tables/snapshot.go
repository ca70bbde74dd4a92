package tables

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"thidua/domain"
)

// instant is what a snapshot of the database is of.
type instant struct {
	position uint64
	epoch    string
	parked   map[string]int64 // events that are missing, by view
}

// While records come in, each view is at a position of its own for some milliseconds at a time. So often a moment is looked for at which they agree.
const (
	lookEvery = 20 * time.Millisecond
	lookTimes = 500
)

// snapshot begins a transaction that sees all views at one position. Where there is no such moment for ten seconds it gives a *Refusal.
func (s Source) snapshot(ctx context.Context, db *sqlx.DB) (*sqlx.Tx, instant, error) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for range lookTimes {
		tx, now, agree, err := s.look(ctx, db)
		if err != nil || agree {
			return tx, now, err
		}
		select {
		case <-ctx.Done():
			return nil, now, ctx.Err()
		case <-tick.C:
		}
	}
	return nil, instant{}, &Refusal{passing: true, text: domain.Text{
		VI: "Các bảng đọc đang được ghi liên tục, không có lúc nào cùng một vị trí; hãy thử lại, và xem: thidua status.",
		EN: "The read models are being written all the time and are at no moment at the same position; try again, and see: thidua status.",
	}}
}

// look begins a transaction and reports whether all views are at one position in it. Where they are not, it has ended.
func (s Source) look(ctx context.Context, db *sqlx.DB) (tx *sqlx.Tx, now instant, agree bool, err error) {
	tx, err = db.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return nil, now, false, fmt.Errorf("tables: %w", err)
	}
	if err = settle(ctx, tx); err == nil {
		now, agree, err = s.moment(ctx, tx)
	}
	if err != nil || !agree {
		return nil, now, false, errors.Join(err, tx.Rollback())
	}
	return tx, now, true, nil
}

// settle makes the session write values in the one form that is read here, and lets a statement take as long as it needs.
func settle(ctx context.Context, tx *sqlx.Tx) error {
	const settings = "SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '64MB'"
	if _, err := tx.ExecContext(ctx, settings); err != nil {
		return fmt.Errorf("tables: %w", err)
	}
	return nil
}

// moment reads what a snapshot is of, and reports whether all views agree on it.
func (s Source) moment(ctx context.Context, tx *sqlx.Tx) (now instant, agree bool, err error) {
	var rows []struct {
		View     string
		Position uint64
		Parked   int64
		Epoch    string
	}
	if err := tx.SelectContext(ctx, &rows, s.Moment); err != nil {
		return now, false, fmt.Errorf("tables: position: %w", err)
	}
	if len(rows) == 0 {
		return now, false, errors.New("tables: the views have no position")
	}
	now = instant{position: rows[0].Position, epoch: rows[0].Epoch, parked: map[string]int64{}}
	agree = true
	for _, r := range rows {
		now.parked[r.View] = r.Parked
		agree = agree && r.Position == now.position && r.Epoch == now.epoch
	}
	return now, agree, nil
}

// seasons reads the seasons, or the one that is asked for; there being none is a *Refusal.
func (s Source) seasons(ctx context.Context, tx *sqlx.Tx, only string) ([]Season, error) {
	rows, err := tx.QueryContext(ctx, s.Seasons)
	if err != nil {
		return nil, fmt.Errorf("tables: seasons: %w", err)
	}
	defer func() { _ = rows.Close() }()
	seasons := []Season{}
	for rows.Next() {
		var one Season
		if err := rows.Scan(&one.ID, &one.Position, &one.Complete, pq.Array(&one.Sensitive)); err != nil {
			return nil, fmt.Errorf("tables: seasons: %w", err)
		}
		if only == "" || only == one.ID {
			seasons = append(seasons, one)
		}
	}
	slices.SortFunc(seasons, func(a, b Season) int { return cmp.Compare(a.ID, b.ID) })
	if only != "" && len(seasons) == 0 {
		return nil, &Refusal{text: domain.Text{VI: fmt.Sprintf("Không có mùa thi đua %s.", only), EN: fmt.Sprintf("There is no season %s.", only)}}
	}
	return seasons, rows.Err()
}
