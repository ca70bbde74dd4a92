package eventlog

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// wrongLast is the server's code for an append that expects another last position than there is.
const wrongLast jetstream.ErrorCode = 10071

// MayAppend asks the server whether this user may append at all, by an append that no log ever takes: it expects a last position that none reaches. Who
// may not is answered by nobody (deploy/nats/accounts.conf).
func (l *Log) MayAppend(ctx context.Context) (bool, error) {
	ctx, stop := context.WithTimeout(ctx, l.cfg.Timeout)
	defer stop()
	m := &nats.Msg{Subject: "emulation.s._.probe._.may-append"}
	_, err := l.js.PublishMsg(ctx, m, jetstream.WithExpectLastSequence(math.MaxInt64), jetstream.WithRetryAttempts(0))
	if refused, ok := errors.AsType[*jetstream.APIError](err); ok && refused.ErrorCode == wrongLast {
		return true, nil
	}
	if errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, nats.ErrNoResponders) || errors.Is(err, nats.ErrPermissionViolation) {
		return false, nil
	}
	return false, fmt.Errorf("eventlog: may append: %w", err)
}
