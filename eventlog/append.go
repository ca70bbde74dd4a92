package eventlog

import (
	"cmp"
	"context"
	"errors"
	"time"

	"thidua/domain"
)

// submission is a prepared append on its way through the committer.
type submission struct {
	prepared
	follows *submission // it is appended only if this one was
	outcome chan outcome
	begun   time.Time // when it was handed in, where somebody wants to know

	// The committer's own.
	refused bool            // it was judged, and would be answered with an error
	failed  bool            // it has been answered with an error
	opened  bool            // its disclosures are stored
	behind  bool            // it can be judged only once the log was read to its end
	fresh   bool            // the log was read to its end after it was handed in
	tries   int             // how often the server has refused the batch that it was in
	adrift  bool            // a batch that it was in may still come to stand on the log,
	after   domain.Position // but only while this is the last position
}

// outcome answers a submission: the position of its first event, or why it is not on the log.
type outcome struct {
	position domain.Position
	err      error
}

// errFollows answers a submission whose predecessor was refused.
var errFollows = errors.New("eventlog: an append before it was refused")

// Append puts the changes on the log in one piece, durably where the server syncs always, and returns the position of the first. Where the
// command is on the log already, with the same digest, it returns that position.
//
// ErrConflict says that an expectation failed, and names it; a stream that is written but not expected is appended to at whatever version
// it has. ErrRefused says that the command id was used for another command, ErrInvalid that the append is not of its form or too large.
// ErrCorrupt ends the log: every later append gets it too. While the server cannot be reached the append waits for it. When ctx is done the
// caller is let go, but an append that was already taken may still come to stand on the log; the same command sent again tells.
func (l *Log) Append(ctx context.Context, a domain.Append) (domain.Position, error) {
	positions, err := l.AppendAll(ctx, []domain.Append{a})
	if err != nil {
		return 0, err
	}
	return positions[0], nil
}

// AppendAll does what Append does for each of several appends, in their order and without waiting for one before the next is sent. It
// stops at the first that fails: it returns the positions of those before, and the error; none behind it is on the log through this call.
func (l *Log) AppendAll(ctx context.Context, appends []domain.Append) ([]domain.Position, error) {
	all := make([]prepared, len(appends))
	for i, a := range appends {
		var err error
		if all[i], err = l.prepare(a); err != nil {
			return nil, err
		}
	}
	positions := make([]domain.Position, 0, len(appends))
	for {
		answered, err := l.submit(ctx, all[len(positions):])
		positions = append(positions, answered...)
		if err == nil || !errors.Is(err, domain.ErrConflict) {
			return positions, err
		}
		// What conflicts may be on the log already, and so may those behind it.
		done, lookErr := l.repeated(ctx, all[len(positions):])
		positions = append(positions, done...)
		if lookErr != nil || len(done) == 0 {
			return positions, cmp.Or(lookErr, err)
		}
	}
}

// submit hands appends to the committer, each following the one before, and waits for their outcomes up to the first error.
func (l *Log) submit(ctx context.Context, all []prepared) (positions []domain.Position, err error) {
	submissions := make([]*submission, len(all))
	for i, p := range all {
		submissions[i] = &submission{prepared: p, outcome: make(chan outcome, 1)}
		if l.cfg.Observe.Append != nil {
			submissions[i].begun = l.cfg.Now()
		}
		if i > 0 {
			submissions[i].follows = submissions[i-1]
		}
		select {
		case l.queue <- submissions[i]:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-l.done:
			return nil, errClosed
		}
	}
	for _, s := range submissions {
		position, err := l.await(ctx, s)
		if err != nil {
			return positions, err
		}
		positions = append(positions, position)
	}
	return positions, nil
}

func (l *Log) await(ctx context.Context, s *submission) (domain.Position, error) {
	select {
	case o := <-s.outcome:
		return o.position, o.err
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-l.done:
	}
	select { // the committer's last words
	case o := <-s.outcome:
		return o.position, o.err
	default:
		return 0, errClosed
	}
}
