package main_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tail is a running `events tail --position`.
type tail struct {
	cmd   *exec.Cmd
	lines *bufio.Reader
	said  *bufio.Scanner
}

func (s *server) tail(t *testing.T, args ...string) *tail {
	t.Helper()
	cmd := s.command(t, append([]string{"events", "tail", "--position"}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	on := &tail{cmd, bufio.NewReader(out), bufio.NewScanner(said)}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	hears(t, on.said, "Following from")
	return on
}

// next takes the next whole lines.
func (f *tail) next(t *testing.T, n int) (lines []string) {
	t.Helper()
	for range n {
		line, err := f.lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return lines
}

// position is where a line's event stands.
func position(t *testing.T, line string) uint64 {
	t.Helper()
	text, _, _ := strings.Cut(line, "\t")
	at, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// A follower gets what is recorded in the bytes and the order of the log; one that is killed and goes on from behind the last whole line that it has gets
// the rest, and nothing twice.
func TestEventsTail(t *testing.T) {
	s := start(t)
	fresh := s.tail(t)
	s.answer(t, nil, "import", s.season(t, "first-2019"))
	want := strings.SplitAfter(strings.TrimSuffix(s.output(t, "events", "export", "--position"), "\n"), "\n")
	want[len(want)-1] += "\n"
	if diff := cmp.Diff(want, fresh.next(t, len(want))); diff != "" {
		t.Errorf("from the end of an empty log on (-want +got):\n%s", diff)
	}
	if err := fresh.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	hears(t, fresh.said, fmt.Sprintf("--since %d", len(want)))

	var got []string
	for _, n := range []int{1, 300, 77} {
		killed := s.tail(t, "--since", fmt.Sprint(len(got)))
		got = append(got, killed.next(t, n)...)
		if err := killed.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
	}
	last := s.tail(t, "--since", fmt.Sprint(position(t, got[len(got)-1])), "--season", "first-2019")
	for _, line := range want[len(got):] {
		if strings.Contains(line, `"seasonversion"`) {
			got = append(got, last.next(t, 1)...)
		} else {
			got = append(got, line) // an event of no season is not asked for
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("across three kills (-want +got):\n%s", diff)
	}
	validate := s.command(t, "events", "validate")
	validate.Stdin = bytes.NewReader(without(got))
	if out, err := validate.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// without is lines without the positions before the events.
func without(lines []string) []byte {
	var b bytes.Buffer
	for _, line := range lines {
		_, event, _ := strings.Cut(line, "\t")
		b.WriteString(event)
	}
	return b.Bytes()
}
