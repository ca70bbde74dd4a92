package embedded

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// account is the user that PostgreSQL runs as. PostgreSQL refuses to be root, so root drops to another user for it.
type account struct {
	name     string
	uid, gid uint32
	drop     bool
}

// chooseAccount gives the user we are or, where we are root, the owner of the cluster in data; for a new cluster the user
// preferred, which may be empty, else postgres, else nobody.
func chooseAccount(data, preferred string) (account, error) {
	if euid := os.Geteuid(); euid != 0 {
		return account{name: nameOf(uint32(euid)), uid: uint32(euid), gid: uint32(os.Getegid())}, nil
	}
	if owner, ok := ownerOf(data); ok && owner.uid != 0 {
		return owner, nil
	}
	candidates := []string{"postgres", "nobody"}
	if preferred != "" {
		candidates = []string{preferred}
	}
	for _, name := range candidates {
		if u, err := user.Lookup(name); err == nil && u.Uid != "0" {
			return accountOf(u)
		}
	}
	return account{}, noAccount(candidates)
}

// ownerOf gives the owner of an existing path as the account to drop to.
func ownerOf(path string) (account, bool) {
	info, err := os.Stat(path)
	if err != nil {
		return account{}, false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return account{}, false
	}
	return account{name: nameOf(stat.Uid), uid: stat.Uid, gid: stat.Gid, drop: true}, true
}

// nameOf is the name of a user, or the number where it has none.
func nameOf(uid uint32) string {
	number := strconv.FormatUint(uint64(uid), 10)
	if u, err := user.LookupId(number); err == nil {
		return u.Username
	}
	return number
}

func accountOf(u *user.User) (account, error) {
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return account{}, fmt.Errorf("user %s: %w", u.Username, err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return account{}, fmt.Errorf("user %s: %w", u.Username, err)
	}
	return account{name: u.Username, uid: uint32(uid), gid: uint32(gid), drop: true}, nil
}

// prepare makes a command run as the account, in dir, in an environment that says nothing of ours, in a process group of its own
// (so that a Ctrl-C reaches only us) and no longer than we live.
func (a account) prepare(cmd *exec.Cmd, dir string) {
	cmd.Dir = dir
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=" + locale, "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if a.drop {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	dieWithParent(cmd.SysProcAttr)
}

// makeDir makes a directory that is the account's alone.
func (a account) makeDir(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	return a.own(dir)
}

// own gives a path to the account.
func (a account) own(path string) error {
	if !a.drop {
		return nil
	}
	if err := os.Lchown(path, int(a.uid), int(a.gid)); err != nil {
		return a.explain(err, path, path)
	}
	return nil
}
