package eventlog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// longestPause is how long is waited at most before a server that answered that it can't is asked again.
const longestPause = 2 * time.Second

// Insist does a step for which the server that nc leads to must answer, and does it again for as long as the server is away; so the step must be one that
// can be done twice. What was asked over a line that breaks is not waited for: nobody answers it any more. Each failure is told to the logger. It returns
// what the step returns, where another try can't mend it, and fails when ctx ends, which is all that bounds it, or when nc is closed.
func Insist(ctx context.Context, nc *nats.Conn, logger *slog.Logger, step func(context.Context) error) error {
	for rest := pause; ; rest = min(2*rest, longestPause) {
		cut, err := attempt(ctx, nc, step)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		case nc.IsClosed() || !cut && !away(err):
			return err
		case errors.Is(nc.LastError(), nats.ErrPermissionViolation): // it is silent because it may not be asked
			return fmt.Errorf("%w: %w", nc.LastError(), err)
		}
		logger.Warn("the log's server does not answer; it is tried again", "error", err)
		if cut { // what is asked meanwhile is sent when there is a line again
			rest = pause
		}
		if !wait(ctx, rest) {
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		}
	}
}

var errGone = errors.New("the connection to the server was lost meanwhile")

// attempt does a step until the line breaks, and reports whether it did.
func attempt(ctx context.Context, nc *nats.Conn, step func(context.Context) error) (cut bool, err error) {
	broken := nc.StatusChanged(nats.DISCONNECTED, nats.RECONNECTING)
	ctx, stop := context.WithCancelCause(ctx)
	var watch sync.WaitGroup
	watch.Go(func() {
		select {
		case <-broken:
			stop(errGone)
		case <-ctx.Done():
		}
	})
	err = step(ctx)
	stop(nil)
	watch.Wait()
	nc.RemoveStatusListener(broken)
	if cut = errors.Is(context.Cause(ctx), errGone); cut && err != nil {
		err = fmt.Errorf("%w: %w", errGone, err)
	}
	return cut, err
}

// away reports whether an error says that the server is not there, or is there and can't answer yet.
func away(err error) bool {
	for _, passing := range []error{
		context.DeadlineExceeded, nats.ErrTimeout, nats.ErrNoResponders, nats.ErrDisconnected, nats.ErrReconnectBufExceeded, nats.ErrStaleConnection,
		jetstream.ErrNoStreamResponse, jetstream.ErrJetStreamNotEnabled,
	} {
		if errors.Is(err, passing) {
			return true
		}
	}
	said, ok := errors.AsType[*jetstream.APIError](err)
	return ok && (said.ErrorCode == noQuorum || said.ErrorCode == noLeader || said.ErrorCode == notLeader)
}

// The server's codes for servers that have not found each other yet.
const (
	noQuorum  jetstream.ErrorCode = 10004
	noLeader  jetstream.ErrorCode = 10008
	notLeader jetstream.ErrorCode = 10009
)
