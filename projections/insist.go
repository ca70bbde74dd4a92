package projections

import (
	"context"
	"log/slog"
	"time"
)

const (
	briefPause = 100 * time.Millisecond // before a step is done again, twice as long each time
	fullPause  = 2 * time.Second        // at most
)

// Insist does a step again where what kept it from being done is Passing, such as a line that broke; so the step must be one that can be done twice. It does
// so until ctx ends or, where tries is not 0, that many times. Each failure is told to the logger; the last is returned.
func Insist(ctx context.Context, tries int, logger *slog.Logger, step func(context.Context) error) error {
	pause := briefPause
	for try := 1; ; try++ {
		err := step(ctx)
		if err == nil || try == tries || ctx.Err() != nil || !Passing(err) {
			return err
		}
		logger.Warn("the database does not answer; it is tried again", "error", err)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
		pause = min(2*pause, fullPause)
	}
}
