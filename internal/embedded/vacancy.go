package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// ErrRunning says that another server works on the cluster.
var ErrRunning = errors.New("another PostgreSQL server is running on this cluster")

// dying is how long a server may take to end after its parent has died.
const dying = 10 * time.Second

// awaitVacant waits until no server works on the data directory and removes what a dead one left behind. One whose parent has just
// been killed is about to end; one that does not end belongs to somebody else.
func awaitVacant(ctx context.Context, data string) error {
	deadline := time.NewTimer(dying)
	defer deadline.Stop()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		pid, err := occupant(data)
		if err != nil || pid == 0 {
			return err
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			return running(pid)
		case <-ctx.Done():
			return errors.Join(running(pid), ctx.Err())
		}
	}
}

// occupant is the process id of the server that works on the data directory, 0 where there is none. It removes the stale mark of a
// dead server: PostgreSQL itself would refuse to start where another process bears that number by now.
func occupant(data string) (int, error) {
	mark := filepath.Join(data, "postmaster.pid")
	text, err := os.ReadFile(mark)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	pid, err := strconv.Atoi(string(line))
	if err != nil { // cut short by a crash
		return 0, os.Remove(mark)
	}
	works, known := worksIn(pid, data)
	switch {
	case !known: // PostgreSQL makes its own checks
		return 0, nil
	case works:
		return pid, nil
	default:
		return 0, os.Remove(mark)
	}
}

func running(pid int) error {
	return &SetupError{err: fmt.Errorf("%w: process %d", ErrRunning, pid), hint: Hint{
		VI: fmt.Sprintf("hãy dừng tiến trình %d, hoặc chọn một thư mục dữ liệu khác", pid),
		EN: fmt.Sprintf("stop process %d, or choose another data directory", pid),
	}}
}
