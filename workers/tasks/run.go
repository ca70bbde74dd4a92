package tasks

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"

	"github.com/jmoiron/sqlx"

	"thidua/domain"
)

// Kind is a kind of work.
type Kind struct {
	// Name is of lower-case letters, digits and hyphens, for ever.
	Name string
	// Do does a task. It must be fit to be broken off anywhere and begun anew, also by another process. Its context ends when the process is to stop, when
	// the task is cancelled, and when another worker owns it.
	//
	// An error of kind domain.ErrInvalid, ErrRefused or ErrNotFound ends the task as failed, since trying again would give the same. One that wraps Later puts
	// it back until then. After any other it is tried again, with a growing pause, until it is dead. What it says is stored for operators, so it must not
	// name a person; one with a method Text() domain.Text is told in both languages.
	Do func(ctx context.Context, run *Run) error
	// AtOnce is how many tasks of the kind a process does at a time; 0 is one.
	AtOnce int
	// Attempts is how often in a row a task may fail until it is dead; 0 is eight.
	Attempts int
}

// Run is one run of a task by one worker.
type Run struct {
	ID    string
	Kind  string
	queue *Queue
	args  []byte
	fence int64

	mu          sync.Mutex // guards what follows
	done, total uint64
	result      *draft
}

// Args reads the task's args. The error is of kind domain.ErrInvalid where they are not of the form.
func (r *Run) Args(to any) error {
	if err := json.Unmarshal(r.args, to); err != nil {
		return fmt.Errorf("tasks: the args of %s are not those of a task %s: %w: %w", r.ID, r.Kind, domain.ErrInvalid, err)
	}
	return nil
}

// Progress says how far the work has come, in whatever it counts; total is 0 where that is not known. It may be called as often as one likes: what it says
// is stored now and then. A task that gets on does not count as one that kills its workers.
func (r *Run) Progress(done, total uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done, r.total = max(r.done, done), total
}

func (r *Run) progress() (done, total uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.done, r.total
}

// Hold judges that the task is still this worker's, and is to be called right before each effect. The error is of kind domain.ErrConflict where another
// owns it by now or it was cancelled.
func (r *Run) Hold(ctx context.Context) error {
	return r.hold(ctx, r.queue.cfg.DB, `SELECT 1 FROM private.task WHERE id = $1 AND fence = $2 AND state = 'running'`)
}

// HoldIn is Hold for an effect on the same database, in its transaction: nobody takes the task over before that has ended. A process that is stopped within
// it for as long as a worker may be silent loses the transaction.
func (r *Run) HoldIn(ctx context.Context, tx *sqlx.Tx) error {
	const statement = `
		SELECT 1 FROM private.task, set_config('idle_in_transaction_session_timeout', $3, true)
		WHERE id = $1 AND fence = $2 AND state = 'running' FOR SHARE OF task`
	return r.hold(ctx, tx, statement, strconv.FormatInt(r.queue.cfg.Pace.Ack.Milliseconds(), 10))
}

func (r *Run) hold(ctx context.Context, q sqlx.QueryerContext, statement string, more ...any) error {
	var held int
	err := sqlx.GetContext(ctx, q, &held, statement, append([]any{r.ID, r.fence}, more...)...)
	if errors.Is(err, sql.ErrNoRows) {
		err = errLost
	}
	if err != nil {
		return fmt.Errorf("tasks: task %s: %w", r.ID, err)
	}
	return nil
}

// Result begins the task's result, a file that its reader should call by the name. It is stored when it was closed and the task has ended, as done or as
// failed. A second one takes the place of the first.
func (r *Run) Result(name string) (io.WriteCloser, error) {
	file, err := r.queue.Scratch()
	if err != nil {
		return nil, err
	}
	r.drop()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result = &draft{file: file, hash: sha256.New(), name: name}
	return r.result, nil
}

// drop lets go of a result that was begun.
func (r *Run) drop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.result != nil {
		_ = r.result.file.Close() // it has no name, and is gone
		r.result = nil
	}
}

// errLost says that a task is not this worker's any more.
var errLost = fmt.Errorf("it was cancelled, or another worker owns it by now: %w", domain.ErrConflict)
