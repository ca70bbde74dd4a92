package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is the built program at work.
type process struct {
	cmd   *exec.Cmd
	told  lockedBuffer // what it says on stderr
	ended chan struct{}
	err   error // why it ended; to be read once it has
}

// lockedBuffer takes what a process says while somebody reads it.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// start starts the built program.
func (b *bench) start(ctx context.Context, args ...string) (*process, error) {
	p := &process{cmd: exec.CommandContext(ctx, b.binary, args...), ended: make(chan struct{})}
	p.cmd.Stderr = &p.told
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.ended)
		p.err = p.cmd.Wait()
	}()
	return p, nil
}

// stop asks the process to end and waits for it.
func (p *process) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	<-p.ended
	return p.err
}

// peak is the most memory that the process has had by now, in MB (VmHWM, proc(5)): its own, without that of the processes that it started.
func (p *process) peak() float64 {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(content), "VmHWM:")
	line, _, _ := strings.Cut(rest, "kB")
	kilobytes, _ := strconv.ParseFloat(strings.TrimSpace(line), 64)
	return kilobytes / 1000
}

// finish waits for a process to end, and returns its peak.
func (p *process) finish() (peak float64, err error) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			peak = max(peak, p.peak())
		case <-p.ended:
			if p.err != nil {
				return peak, fmt.Errorf("%s: %w: %s", strings.Join(p.cmd.Args, " "), p.err, p.told.String())
			}
			return peak, nil
		}
	}
}

// up starts `up` on a data directory and waits until it is ready.
func (b *bench) up(ctx context.Context, data string) (*process, error) {
	p, err := b.start(ctx, "up", "--data-dir", data)
	if err != nil {
		return nil, err
	}
	return p, p.await(ctx, func() bool {
		_, err := os.Stat(filepath.Join(data, "server.json"))
		return err == nil
	})
}

// serving starts `serve` beside an `up`, and returns it with its public address.
func (b *bench) serving(ctx context.Context, data string) (*process, string, error) {
	p, err := b.start(ctx, "serve", "--lang", "en", "--data-dir", data, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	address := regexp.MustCompile(`Serving at (http://[0-9.:]+)`)
	err = p.await(ctx, func() bool { return address.MatchString(p.told.String()) })
	if err != nil {
		return nil, "", err
	}
	return p, address.FindStringSubmatch(p.told.String())[1], nil
}

// await waits until a process is ready. One that ends or takes minutes is an error, and does not run on.
func (p *process) await(ctx context.Context, ready func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ready() {
		select {
		case <-tick.C:
		case <-p.ended:
			return fmt.Errorf("%s: %w: %s", strings.Join(p.cmd.Args, " "), p.err, p.told.String())
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("%s is not ready: %s", strings.Join(p.cmd.Args, " "), p.told.String()), p.stop())
		}
	}
	return nil
}
