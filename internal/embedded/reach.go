package embedded

import (
	"os"
	"os/exec"
)

// reach is how a program that runs as the account names a directory: by its path or, where the account may not go through a directory above
// it, by a descriptor that this process, which may, hands it. So nothing above the data directory is opened to anybody.
type reach struct {
	path   string
	handle *os.File // nil where the path serves
}

// reachFor finds the account's way to a directory.
func (a account) reachFor(dir string) (reach, error) {
	if inheritedDir == "" || a.reaches(dir) {
		return reach{path: dir}, nil
	}
	handle, err := os.Open(dir)
	if err != nil {
		return reach{}, err
	}
	return reach{path: inheritedDir, handle: handle}, nil
}

// give hands a command what it needs to reach the directory, as the first descriptor that it inherits, and lets it begin where it can be.
func (r reach) give(cmd *exec.Cmd) {
	if r.handle != nil {
		cmd.ExtraFiles = []*os.File{r.handle}
		cmd.Dir = string(os.PathSeparator)
	}
}

// close lets go of the directory, once the command has been started.
func (r reach) close() {
	if r.handle != nil {
		_ = r.handle.Close() // opened to be inherited only
	}
}
