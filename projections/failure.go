package projections

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"

	"github.com/lib/pq"

	"thidua/domain"
)

// sourceError is the failure of a store outside the database that a projection reads.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return e.err.Error() }
func (e *sourceError) Unwrap() error { return e.err }

// poison is the failure to take an event, which another try of the same event would not mend.
type poison struct{ err error }

func (e *poison) Error() string { return e.err.Error() }
func (e *poison) Unwrap() error { return e.err }

// torn says that the record which a projection reads back is not whole: no event that came is at fault.
type torn struct{ err error }

func (e *torn) Error() string { return e.err.Error() }
func (e *torn) Unwrap() error { return e.err }

// panicked is a panic of an Applier.
type panicked struct{ value any }

func (e *panicked) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// take lets an applier take events. What it fails with is poison where the events are the cause: not a store that is away, tables that
// are not as they must be, or a call that was broken off.
func (p Projection) take(ctx context.Context, tx *Tx, applier Applier, events []domain.Recorded) error {
	err := recovered(func() error { return applier.Apply(ctx, tx, events) })
	switch {
	case err == nil, p.TakesAll, ctx.Err() != nil, Passing(err),
		errors.Is(err, domain.ErrConflict), errors.Is(err, domain.ErrUnknownEvent), errors.Is(err, sql.ErrTxDone), errors.Is(err, sql.ErrConnDone):
		return err
	}
	if _, ok := errors.AsType[*torn](err); ok {
		return err
	}
	if answer, ok := errors.AsType[*pq.Error](err); ok && !eventsFault(string(answer.Code)) {
		return err
	}
	return &poison{err}
}

func recovered(do func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &panicked{value}
		}
	}()
	return do()
}

// eventsFault judges by the class of an SQLSTATE whether a row was at fault, and not the tables or the server.
func eventsFault(code string) bool {
	if len(code) < 2 {
		return false
	}
	switch code[:2] {
	case "21", // cardinality
		"22", // data
		"23", // constraints
		"44", // WITH CHECK OPTION
		"54", // limits of the program: a row that is too large
		"P0": // a function's own
		return true
	}
	return false
}

// told is the cause of a failure without anything that an event says: events are personal data as long as nobody has looked.
func told(err error) string {
	if answer, ok := errors.AsType[*pq.Error](err); ok {
		return fmt.Sprintf("the database refuses a row: SQLSTATE %s, table %q, column %q, constraint %q", answer.Code, answer.Table, answer.Column, answer.Constraint)
	}
	if p, ok := errors.AsType[*panicked](err); ok {
		if e, ok := p.value.(runtime.Error); ok {
			return "panic: " + e.Error()
		}
		return fmt.Sprintf("panic: a %T", p.value)
	}
	for _, kind := range []struct {
		err  error
		says string
	}{
		{domain.ErrCorrupt, "it is not what must stand there: a version is missing or twice, or the bytes are no event of the contract"},
		{domain.ErrRefused, "it lies behind something that is no event"},
		{domain.ErrUnknownEvent, "it is of a type that this version does not know"},
		{domain.ErrInvalid, "a value is not of its form"},
		{domain.ErrNotFound, "something that it stands on is not on the record"},
	} {
		if errors.Is(err, kind.err) {
			return kind.says
		}
	}
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		err = next
	}
	return fmt.Sprintf("the projection fails with a %T", err)
}

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

// passingCode judges an SQLSTATE (PostgreSQL, appendix A): whole classes; of class 25 a server that takes no writes for now, as a standby does
// until it is promoted, and the transactions that it ends for their age; of class 55 only the lock.
func passingCode(code string) bool {
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
	switch code {
	case "25006", "25P03", "25P04", "55P03":
		return true
	}
	return false
}
