package embedded

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/lib/pq"
)

// pollEvery is the pause between two looks at something that another process brings about.
const pollEvery = 10 * time.Millisecond

// silence is how long a server that runs may give no answer at all. One that recovers answers, and may take as long as it needs.
const silence = time.Minute

// logTail is how much of the server's log, in bytes, an error quotes.
const logTail = 2000

// cannotConnectNow is the SQLSTATE of a server that still starts up or recovers.
const cannotConnectNow = "57P03"

// launch starts the server's process and a goroutine that ends with it.
func (p *Postgres) launch() error {
	log, err := p.openLog()
	if err != nil {
		return err
	}
	defer log.Close()
	p.cmd.Stdout, p.cmd.Stderr = log, log
	started := make(chan error)
	go func() {
		// The kernel takes the end of the starting thread for the death of the parent, so that thread must live as long as the server.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			p.exit = p.cmd.Wait()
			close(p.done)
		}
	}()
	return <-started
}

// openLog opens a new log for this run. The log of the run before is kept, since it may tell of a crash.
func (p *Postgres) openLog() (*os.File, error) {
	if err := os.Rename(p.log, p.log+".old"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(p.log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
}

// awaitAnswer waits until the server takes connections, which after a crash is when it has recovered.
func (p *Postgres) awaitAnswer(ctx context.Context) error {
	db, err := sql.Open("postgres", p.DSN("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	patience := time.NewTimer(silence)
	defer patience.Stop()
	for {
		err := db.PingContext(ctx)
		var answer *pq.Error
		switch {
		case err == nil:
			return nil
		case errors.As(err, &answer) && answer.Code != cannotConnectNow:
			return err
		case answer != nil:
			patience.Reset(silence)
		}
		select {
		case <-tick.C:
		case <-patience.C:
			return fmt.Errorf("the server gives no answer: %w; its log ends with:\n%s", err, p.tail())
		case <-p.done:
			return fmt.Errorf("the server ended: %w; its log ends with:\n%s", orEnded(p.exit), p.tail())
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// orEnded gives a server that ended without a failure an error all the same.
func orEnded(exit error) error {
	if exit == nil {
		return errors.New("without a failure")
	}
	return exit
}

// tail is the end of the server's log, empty where it cannot be read.
func (p *Postgres) tail() []byte {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return nil
	}
	return bytes.TrimSpace(text[max(0, len(text)-logTail):])
}
