package faults_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
)

// tracer watches the system calls of a process.
type tracer struct {
	process *exec.Cmd
	output  string
}

// trace attaches to a process, with more arguments of strace, and returns when every call is seen.
func trace(t *testing.T, pid int, args ...string) *tracer {
	t.Helper()
	if _, err := exec.LookPath("strace"); err != nil {
		t.Fatal("strace is not installed; what the server tells the disk cannot be seen without it (Debian: apt-get install strace)")
	}
	dir := t.TempDir()
	r := &tracer{output: filepath.Join(dir, "trace")}
	said := filepath.Join(dir, "said")
	log, err := os.Create(said)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	r.process = exec.Command("strace", append([]string{"-f", "-yy", "-o", r.output, "-p", strconv.Itoa(pid)}, args...)...)
	r.process.Stderr = log
	r.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := r.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.end)
	testenv.Eventually(t, "strace to attach", func() bool {
		text, err := os.ReadFile(said)
		return err == nil && strings.Contains(string(text), "attached")
	})
	return r
}

// end lets the process go on unseen.
func (r *tracer) end() {
	_ = r.process.Process.Signal(syscall.SIGINT)
	_ = r.process.Wait()
}

// call is a system call of interest, between the lines of the trace at which it began and ended.
type call struct {
	began, ended int
	name, file   string
	text         string // all that strace shows of it
}

var (
	callLine    = regexp.MustCompile(`^(\d+) +(\w+)\(\d+<([^>]*(?:->[^>]*)?)>(.*)$`)
	resumedLine = regexp.MustCompile(`^(\d+) +<\.\.\. (\w+) resumed>`)
)

// calls reads the trace.
func (r *tracer) calls(t *testing.T) []*call {
	t.Helper()
	file, err := os.Open(r.output)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	var all []*call
	open := map[string]*call{} // by thread
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 64<<20)
	for number := 0; lines.Scan(); number++ {
		if m := resumedLine.FindStringSubmatch(lines.Text()); m != nil && open[m[1]] != nil {
			open[m[1]].ended = number
			delete(open, m[1])
		} else if m := callLine.FindStringSubmatch(lines.Text()); m != nil {
			c := &call{began: number, ended: number, name: m[2], file: m[3], text: m[4]}
			if strings.HasSuffix(c.text, "<unfinished ...>") {
				c.ended = int(^uint(0) >> 1)
				open[m[1]] = c
			}
			all = append(all, c)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

var ackOf = regexp.MustCompile(`\\"stream\\":\\"` + eventlog.StreamName + `\\",\\"seq\\":(\d+)`)

// The power fails: what was acknowledged had been forced onto the disk before. A trace of the server's system calls shows for each append that the
// file which its last event was written to was synced after the write and before the acknowledgement left.
func TestRow02SyncedBeforeAcknowledged(t *testing.T) {
	b := newBed(t)
	log := b.open(t, time.Now)
	tracer := trace(t, b.nats.Process.Pid, "-s", "100000", "-e", "trace=write,pwrite64,writev,fsync,fdatasync")
	l := write(t, 8, log)
	l.awaitMore(t, rounds(60, 600))
	l.end()
	tracer.end()
	calls := tracer.calls(t)
	unsynced := slices.DeleteFunc(slices.Clone(calls), func(c *call) bool { return strings.HasSuffix(c.name, "sync") })
	for id, position := range l.acked {
		if err := synced(calls, id, position+form-1); err != nil {
			t.Error(err)
		}
		if synced(unsynced, id, position+form-1) == nil {
			t.Errorf("position %d would count as synced without any call that syncs", position+form-1)
		}
	}
	l.check(t, log)
}

// Each write of a batch into the log's file is the server's last, in turn: the batch is there whole or not at all.
func TestRow03KilledInsideACommit(t *testing.T) {
	b := newBed(t)
	l := write(t, 4, b.open(t, time.Now))
	l.awaitMore(t, 4)
	block, halves := b.block(t, 1), 0
	for round := range rounds(2, 13) {
		tracer := trace(t, b.nats.Process.Pid, "-P", block, "-e", "trace=pwrite64", "-e", fmt.Sprintf("inject=pwrite64:signal=KILL:when=%d", 3+2*round))
		_ = b.nats.Wait()
		tracer.end()
		if half(t, block) {
			halves++
		}
		b.startNATS(t)
		l.awaitMore(t, 4)
	}
	if halves == 0 {
		t.Error("no batch was cut in the middle, which was to be shown")
	}
	l.check(t, b.open(t, time.Now))
}

// half reports whether a file of the log ends inside a batch.
func half(t *testing.T, block string) bool {
	t.Helper()
	content, err := os.ReadFile(block)
	if err != nil {
		t.Fatal(err)
	}
	ids := regexp.MustCompile(`Nats-Batch-Id: \w+`).FindAll(content, -1)
	if len(ids) == 0 {
		return false
	}
	return !bytes.Contains(content[bytes.Index(content, ids[len(ids)-1]):], []byte("Nats-Batch-Commit: 1"))
}

// synced judges the last event of an append.
func synced(calls []*call, command string, last domain.Position) error {
	event, written, safe := fmt.Sprintf(`\"id\":\"%s.%d\"`, command, form), (*call)(nil), (*call)(nil)
	block := filepath.Join(eventlog.StreamName, "msgs") + string(filepath.Separator)
	for _, c := range calls {
		switch c.name {
		case "fsync", "fdatasync":
			if safe == nil && written != nil && c.file == written.file && c.began > written.ended {
				safe = c
			}
		case "pwrite64", "write", "writev":
			if strings.Contains(c.file, block) && strings.Contains(c.text, event) {
				written = c
			}
			m := ackOf.FindStringSubmatch(c.text)
			if m == nil || !strings.HasPrefix(c.file, "TCP") {
				continue
			}
			if acked, _ := strconv.ParseUint(m[1], 10, 64); acked >= last {
				if safe == nil || safe.ended > c.began {
					return fmt.Errorf("position %d was acknowledged before it was synced (written: %v)", last, written != nil)
				}
				return nil
			}
		}
	}
	return fmt.Errorf("the trace does not show the acknowledgement of position %d (written: %v, synced: %v)", last, written != nil, safe != nil)
}
