package embedded

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// longestSocket is the longest path of a socket in bytes that every system takes. Linux would take four more.
const longestSocket = 103

// socketDir is the directory of the server's socket, in the cluster's directory or, where that path is too long or the server's user cannot
// get there, in a private temporary one.
type socketDir struct {
	path string
	note string // the file that remembers a temporary directory; empty where there is none
}

// openSocketDir makes the directory for the socket of the cluster in dir. A temporary one that a killed process left is used again.
func openSocketDir(dir string, owner account) (socketDir, error) {
	path := filepath.Join(dir, "run")
	if fits(path) && owner.reaches(dir) {
		if err := os.RemoveAll(path); err != nil {
			return socketDir{}, err
		}
		return socketDir{path: path}, owner.makeDir(path)
	}
	note := filepath.Join(dir, "socket-directory")
	if text, err := os.ReadFile(note); err == nil && owner.hasAlone(strings.TrimSpace(string(text))) {
		return socketDir{path: strings.TrimSpace(string(text)), note: note}, nil
	}
	path, err := os.MkdirTemp(shortBase(owner), "thidua-")
	if err != nil {
		return socketDir{}, err
	}
	s := socketDir{path: path, note: note}
	if err := errors.Join(owner.own(path), os.WriteFile(note, []byte(path+"\n"), 0o600)); err != nil {
		return socketDir{}, errors.Join(err, s.remove())
	}
	return s, nil
}

// remove removes a temporary directory, which the server has emptied, and forgets it.
func (s socketDir) remove() error {
	if s.note == "" {
		return nil
	}
	return errors.Join(os.RemoveAll(s.path), os.RemoveAll(s.note))
}

// fits tells whether the path of a socket in the directory is short enough.
func fits(dir string) bool { return len(filepath.Join(dir, ".s.PGSQL."+port)) <= longestSocket }

// shortBase is a directory for temporary ones with room for a socket's path, which the account can reach.
func shortBase(owner account) string {
	base := os.TempDir()
	if fits(filepath.Join(base, "thidua-0123456789")) && owner.barred(base) == "" {
		return base
	}
	return "/tmp"
}

// hasAlone tells whether the path is a directory that belongs to the account and that nobody else may enter.
func (a account) hasAlone(dir string) bool {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() || info.Mode().Perm() != 0o700 {
		return false
	}
	owner, ok := ownerOf(dir)
	return ok && owner.uid == a.uid
}
