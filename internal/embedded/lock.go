package embedded

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// lockFile is the name of the file in a data directory that its holder keeps locked. The file itself is never removed: a lock on a
// file that has lost its name would guard nothing.
const lockFile = "lock"

// Holder is the process that holds a data directory, as it describes itself to those who find the directory held.
type Holder struct {
	PID     int       `json:"pid"`
	Command string    `json:"command"`
	Since   time.Time `json:"since"`
}

// HeldError says that another process holds the data directory. Holder is zero where that process has not yet described itself.
type HeldError struct {
	Dir    string
	Holder Holder
}

// Error names the directory and the process that holds it.
func (e *HeldError) Error() string {
	if e.Holder.PID == 0 {
		return fmt.Sprintf("embedded: data directory %s is in use by another process", e.Dir)
	}
	return fmt.Sprintf("embedded: data directory %s is in use by process %d (%s) since %s",
		e.Dir, e.Holder.PID, e.Holder.Command, e.Holder.Since.Format(time.RFC3339))
}

// Hint says what to do.
func (e *HeldError) Hint() Hint {
	return Hint{
		VI: "hãy dừng tiến trình đó, hoặc chọn một thư mục dữ liệu khác",
		EN: "stop that process, or choose another data directory",
	}
}

// DirLock is the right to run servers on a data directory. The kernel takes it back when its holder dies, however it dies.
type DirLock struct {
	file *os.File
}

// Lock takes the data directory dir, which must exist, for the process that holder describes. It does not wait for a holder to
// end: where another process holds the directory it fails with a *HeldError.
func Lock(dir string, holder Holder) (*DirLock, error) {
	var held *HeldError
	for range introduction {
		lock, err := tryLock(dir, holder)
		if !errors.As(err, &held) || held.Holder.PID != 0 {
			return lock, err
		}
		<-time.After(pollEvery)
	}
	return nil, held
}

// introduction is how many times a lock is tried whose holder has just taken it, or is just giving it back, and has no name.
const introduction = 50

func tryLock(dir string, holder Holder) (*DirLock, error) {
	file, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("embedded: lock %s: %w", dir, err)
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		defer file.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, &HeldError{Dir: dir, Holder: readHolder(file)}
		}
		return nil, fmt.Errorf("embedded: lock %s: %w", dir, err)
	}
	if err := writeHolder(file, holder); err != nil {
		file.Close()
		return nil, fmt.Errorf("embedded: lock %s: %w", dir, err)
	}
	return &DirLock{file: file}, nil
}

// Close gives the directory back.
func (l *DirLock) Close() error {
	if err := errors.Join(l.file.Truncate(0), l.file.Close()); err != nil {
		return fmt.Errorf("embedded: unlock: %w", err)
	}
	return nil
}

// readHolder reads who holds the file, the zero Holder where that is not (or only half) written.
func readHolder(file *os.File) Holder {
	var holder Holder
	if err := json.NewDecoder(file).Decode(&holder); err != nil {
		return Holder{}
	}
	return holder
}

// writeHolder replaces what the file, left by an earlier holder, says.
func writeHolder(file *os.File, holder Holder) error {
	text, err := json.Marshal(holder)
	if err != nil {
		return err
	}
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err = io.NewOffsetWriter(file, 0).Write(append(text, '\n'))
	return err
}
