package workers

import (
	"context"

	"github.com/jmoiron/sqlx"

	"thidua/projections"
)

// seat is the database session of a projection. There is one at a time, and the lease names it.
type seat struct {
	cfg   Config
	lease projections.Lease
	conn  *sqlx.Conn // nil while there is none
}

// take gives the session, a new one where there is none.
func (s *seat) take(ctx context.Context) (*sqlx.Conn, error) {
	if s.conn != nil {
		return s.conn, nil
	}
	conn, err := s.lease.Seat(ctx, s.cfg.DB)
	s.conn = conn
	return conn, err
}

// leave ends the session: after a failure nobody knows what became of it.
func (s *seat) leave() {
	if s.conn != nil {
		projections.Discard(s.conn)
		s.conn = nil
	}
}
