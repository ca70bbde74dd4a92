package projections

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"

	"github.com/lib/pq"

	"thidua/domain"
)

// sourceError is the failure of a store outside the database that a projection reads.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return e.err.Error() }
func (e *sourceError) Unwrap() error { return e.err }

// Passing reports whether an error of Project, or of any other function here, may pass by itself, so that another try can help: a connection that
// broke, a server that stops or has no room, a lock that was not to be had. What is wrong with the log, the tables or this program does not.
func Passing(err error) bool {
	for _, kind := range []error{
		context.Canceled, domain.ErrConflict, domain.ErrCorrupt, domain.ErrInvalid, domain.ErrNotFound, domain.ErrRefused, domain.ErrUnknownEvent,
	} {
		if errors.Is(err, kind) {
			return false
		}
	}
	if answer, ok := errors.AsType[*pq.Error](err); ok {
		return passingCode(string(answer.Code))
	}
	_, source := errors.AsType[*sourceError](err)
	_, network := errors.AsType[net.Error](err)
	return source || network || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// passingCode judges an SQLSTATE (PostgreSQL, appendix A): whole classes, and of class 55 only the lock.
func passingCode(code string) bool {
	const lockNotAvailable = "55P03"
	if len(code) < 2 {
		return false
	}
	switch code[:2] {
	case "08", // connection
		"40", // serialization, deadlock
		"53", // no room, no memory, too many connections
		"57", // operator intervention: shutdown, crash, starting up, cancelled
		"58": // the system's own
		return true
	}
	return code == lockNotAvailable
}
