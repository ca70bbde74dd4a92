package embedded

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// locale is the one of new clusters: the order of code points, the same on every machine.
const locale = "C.UTF-8"

// inheritedDir names the directory behind the first descriptor that a program inherits beside the standard ones. The kernel goes there without
// going through the directories above (proc_pid_fd(5)).
const inheritedDir = "/proc/self/fd/3"

// dieWithParent has the kernel stop the process at once when the thread that started it ends, whatever the reason.
func dieWithParent(attributes *syscall.SysProcAttr) {
	attributes.Pdeathsig = syscall.SIGQUIT
}

// worksIn tells whether the process works in the directory, as every server does in its data directory; a process that bears the
// number of a dead server by chance does not. It is not known where the kernel does not let us look.
func worksIn(pid int, dir string) (works, known bool) {
	there, err := os.Stat(filepath.Join("/proc", strconv.Itoa(pid), "cwd"))
	if errors.Is(err, os.ErrNotExist) {
		return false, true
	}
	if err != nil {
		return false, false
	}
	here, err := os.Stat(dir)
	return err == nil && os.SameFile(there, here), err == nil
}
