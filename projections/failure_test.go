package projections_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/lib/pq"

	"thidua/domain"
	"thidua/projections"
)

func TestPassing(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		err  error
		want bool
	}{
		{driver.ErrBadConn, true},
		{&net.OpError{Op: "dial", Err: errors.New("connection refused")}, true},
		{&pq.Error{Code: "57P01"}, true}, // the server shuts down
		{&pq.Error{Code: "40P01"}, true}, // deadlock
		{&pq.Error{Code: "53100"}, true}, // the disk is full
		{&pq.Error{Code: "55P03"}, true}, // lock not available
		{&pq.Error{Code: "25006"}, true}, // read-only: a standby that is not promoted yet
		{&pq.Error{Code: "25P03"}, true}, // the transaction was idle for too long
		{&pq.Error{Code: "25P02"}, false},
		{&pq.Error{Code: "55000"}, false},
		{&pq.Error{Code: "23505"}, false}, // a key stands twice
		{&pq.Error{Code: "42P01"}, false}, // there is no such table
		{&pq.Error{}, false},
		{context.Canceled, false},
		{errors.Join(driver.ErrBadConn, domain.ErrConflict), false},
		{errors.New("anything else"), false},
		{nil, false},
	} {
		if got := projections.Passing(fmt.Errorf("projections: x: %w", tc.err)); got != tc.want {
			t.Errorf("Passing(%v) is %v, want %v", tc.err, got, tc.want)
		}
	}
}
