package projections

import (
	"context"
	"database/sql/driver"
	"errors"

	"github.com/jmoiron/sqlx"
)

// Tx is a transaction together with the connection that it is on, on which COPY is spoken in the driver's own words.
type Tx struct {
	*sqlx.Tx
	conn *sqlx.Conn
}

// inTransaction commits what f does, or nothing of it where f fails.
func inTransaction(ctx context.Context, db Session, f func(*Tx) error) error {
	tx, release, err := begin(ctx, db)
	if err != nil {
		return err
	}
	defer release()
	defer func() { _ = tx.Rollback() }() // nothing once it is committed
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// begin begins a transaction on a session's connection. A pool gives one until release is called; where that turns out to be broken, it gives
// another, as it does of its own accord where nobody asks for the connection.
func begin(ctx context.Context, db Session) (tx *Tx, release func(), err error) {
	const tries = 3
	for range tries {
		conn, release, err := connection(ctx, db)
		if err != nil {
			return nil, nil, err
		}
		begun, err := conn.BeginTxx(ctx, nil)
		if err == nil {
			return &Tx{begun, conn}, release, nil
		}
		release()
		if _, pool := db.(*sqlx.DB); !pool || !errors.Is(err, driver.ErrBadConn) {
			return nil, nil, err
		}
	}
	return nil, nil, driver.ErrBadConn
}

func connection(ctx context.Context, db Session) (conn *sqlx.Conn, release func(), err error) {
	switch s := db.(type) {
	case *sqlx.Conn:
		return s, func() {}, nil
	case *sqlx.DB:
		conn, err := s.Connx(ctx)
		return conn, func() { _ = conn.Close() }, err
	}
	return nil, nil, errors.New("the session is neither a connection nor a pool of them")
}
