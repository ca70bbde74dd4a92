package tasks

import (
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"thidua/domain"
)

// State is where a task stands.
type State string

// The states. The last four are ends, of which the last three can be retried.
const (
	Queued    State = "queued"
	Running   State = "running"
	Done      State = "done"
	Failed    State = "failed"    // trying again would give the same
	Cancelled State = "cancelled" // by a person
	Dead      State = "dead"      // it was tried often enough
)

// States lists all states, in the order of a life.
func States() []State { return []State{Queued, Running, Done, Failed, Cancelled, Dead} }

// Ended reports whether the task does not go on by itself.
func (s State) Ended() bool { return s != Queued && s != Running }

// Asked is what is asked of the queue.
type Asked struct {
	// Kind names the kind of work. It need not be one that this process knows.
	Kind string
	// Args are the work's own, as JSON. They hold nothing that names a person: no erasure looks here.
	Args any
	// By is who asks: an actor as in events ("system:operator", a person's ref), never an account.
	By string
	// Key, where it is not empty, makes the asking idempotent: a live task of the same kind and key is returned rather than a second one made.
	Key string
	// Again says that where the live task runs already, it is run once more when it ends, so that it can't miss what was there before this was asked. One
	// that waits for its time is run now.
	Again bool
}

// Task is a task as it stands.
type Task struct {
	ID        string          `json:"id" db:"id"`
	Kind      string          `json:"kind" db:"kind"`
	Args      json.RawMessage `json:"args" db:"args"`
	Key       string          `json:"key,omitempty" db:"key"`
	By        string          `json:"asked_by" db:"asked_by"`
	State     State           `json:"state" db:"state"`
	Attempts  int             `json:"attempts" db:"attempts"` // failed in a row
	Losses    int             `json:"losses" db:"losses"`     // workers lost in a row
	Done      uint64          `json:"done" db:"done"`
	Total     uint64          `json:"total" db:"total"` // 0 where it is not known
	Reason    domain.Text     `json:"reason" db:"reason"`
	Owner     string          `json:"owner,omitempty" db:"owner"`
	Fence     int64           `json:"fence" db:"fence"`
	Result    File            `json:"result" db:"result"`
	ExpiresAt *time.Time      `json:"result_expires_at,omitempty" db:"result_expires_at"`
	AskedAt   time.Time       `json:"asked_at" db:"asked_at"`
	DueAt     time.Time       `json:"due_at" db:"due_at"`
	StartedAt *time.Time      `json:"started_at,omitempty" db:"started_at"`
	EndedAt   *time.Time      `json:"ended_at,omitempty" db:"ended_at"`
}

// File is what the store of results keeps: a task's result, or what one is to work on.
type File struct {
	Name   string `json:"name"` // what its reader should call it
	SHA256 string `json:"sha256" db:"sha256"`
	Size   int64  `json:"size"`
}

// Later is an error, or is wrapped in one, that puts the task back until a moment, without counting as a failure.
type Later struct{ At time.Time }

func (l Later) Error() string { return "to be gone on with at " + l.At.UTC().Format(time.RFC3339) }

// kindForm keeps kinds fit for subjects, labels and names of consumers.
var kindForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// The limits of what is asked.
const (
	argsLimit = 64 << 10 // bytes
	keyLimit  = 200
)

// check judges the form of what is asked and writes its args.
func (a Asked) check() (args []byte, err error) {
	if !kindForm.MatchString(a.Kind) || a.By == "" || len(a.Key) > keyLimit {
		return nil, fmt.Errorf("tasks: ask for a task of kind %q by %q: %w", a.Kind, a.By, domain.ErrInvalid)
	}
	if args, err = json.Marshal(a.Args); err != nil {
		return nil, fmt.Errorf("tasks: args of a task %s: %w: %w", a.Kind, domain.ErrInvalid, err)
	}
	if len(args) > argsLimit {
		return nil, fmt.Errorf("tasks: args of a task %s have %d bytes, of %d at most: %w", a.Kind, len(args), argsLimit, domain.ErrInvalid)
	}
	return args, nil
}
