//go:build !linux

package embedded

import (
	"errors"
	"syscall"
)

// locale is the one of new clusters: the order of bytes, which for UTF-8 is that of code points. Not every system has C.UTF-8.
const locale = "C"

// inheritedDir is empty: there is no way to name a directory by a descriptor.
const inheritedDir = ""

// dieWithParent does nothing: this system has no such signal. A server that lost its parent is stopped by hand.
func dieWithParent(*syscall.SysProcAttr) {}

// worksIn can rule out only that a dead process works in the directory. Of a live one it is not known, since this system does not say.
func worksIn(pid int, _ string) (works, known bool) {
	return false, errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}
