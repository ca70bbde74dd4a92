package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// ErrNotPermitted says that the user whom the server runs as may not do what it must.
var ErrNotPermitted = errors.New("not permitted")

// openWay makes the directories from top (dir where it is empty) down to dir passable for the account, as far as they are ours.
func (a account) openWay(top, dir string) error {
	if !a.drop {
		return nil
	}
	if top == "" {
		top = dir
	}
	top, err := filepath.Abs(top)
	if err != nil {
		return err
	}
	top = resolved(top)
	for _, d := range wayTo(dir) {
		if !within(top, d) || a.passes(d) {
			continue
		}
		info, err := os.Stat(d)
		if err != nil {
			return err
		}
		if owner, ok := ownerOf(d); !ok || int(owner.uid) != os.Geteuid() {
			continue
		}
		if err := os.Chmod(d, info.Mode().Perm()|0o011); err != nil {
			return err
		}
	}
	return nil
}

// passes judges by mode and owner whether the account may go through a directory.
func (a account) passes(dir string) bool {
	info, err := os.Stat(dir)
	if err != nil {
		return false
	}
	owner, ok := ownerOf(dir)
	if !ok {
		return false
	}
	mode := info.Mode().Perm()
	switch {
	case owner.uid == a.uid:
		return mode&0o100 != 0
	case owner.gid == a.gid:
		return mode&0o010 != 0
	default:
		return mode&0o001 != 0
	}
}

// barred is the topmost directory on the way to dir that the account may not go through, empty where there is none.
func (a account) barred(dir string) string {
	for _, d := range wayTo(dir) {
		if !a.passes(d) {
			return d
		}
	}
	return ""
}

// reaches tells whether the account may go all the way to dir.
func (a account) reaches(dir string) bool { return !a.drop || a.barred(dir) == "" }

// explain turns the failure to run a program of the folder bin in dir as the account into what the person at the machine can mend.
func (a account) explain(err error, dir, bin string) error {
	switch {
	case errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EINVAL):
		return cannotBecome(a.name, err)
	case !errors.Is(err, syscall.EACCES):
		return err
	}
	for _, path := range []string{dir, bin} {
		if closed := a.barred(path); closed != "" {
			return closedTo(a.name, path, closed, err)
		}
	}
	return err
}

// wayTo lists the directories from the root down to dir, with both.
func wayTo(dir string) []string {
	var way []string
	for at := dir; ; at = filepath.Dir(at) {
		way = append([]string{at}, way...)
		if at == filepath.Dir(at) {
			return way
		}
	}
}

// within tells whether dir is top or lies in it.
func within(top, dir string) bool {
	relative, err := filepath.Rel(top, dir)
	return err == nil && relative != ".." && !strings.HasPrefix(relative, ".."+string(filepath.Separator))
}

func noAccount(candidates []string) error {
	names := strings.Join(candidates, ", ")
	return &SetupError{err: fmt.Errorf("%w: PostgreSQL does not run as root, and there is no user %s", ErrNotPermitted, names), hint: Hint{
		VI: "hãy tạo người dùng postgres, hoặc chạy chương trình bằng một người dùng thường",
		EN: "create the user postgres, or run the program as an ordinary user",
	}}
}

func cannotBecome(name string, cause error) error {
	return &SetupError{err: fmt.Errorf("%w: cannot run PostgreSQL as user %s: %w", ErrNotPermitted, name, cause), hint: Hint{
		VI: "hãy chạy chương trình bằng một người dùng thường",
		EN: "run the program as an ordinary user",
	}}
}

func closedTo(name, path, closed string, cause error) error {
	return &SetupError{err: fmt.Errorf("%w: user %s, whom PostgreSQL runs as, cannot reach %s: %w", ErrNotPermitted, name, path, cause), hint: Hint{
		VI: fmt.Sprintf("hãy cho phép đi qua thư mục %[1]s (chmod a+x %[1]s), hoặc chọn một nơi khác, ví dụ dưới /var/lib", closed),
		EN: fmt.Sprintf("make directory %[1]s passable (chmod a+x %[1]s), or choose another place, for example below /var/lib", closed),
	}}
}

func unknownUser(cause error) error {
	return &SetupError{err: fmt.Errorf("%w: user %d has no entry in the user database, which initdb needs: %w", ErrNotPermitted, os.Geteuid(), cause), hint: Hint{
		VI: "hãy thêm người dùng này vào /etc/passwd, hoặc dùng nss_wrapper",
		EN: "add the user to /etc/passwd, or use nss_wrapper",
	}}
}
