package main_test

import (
	"strings"
	"testing"
)

// TestTwoAtOnce starts two commands on one data directory at the same moment: each does its work or says who holds the data, and the data are
// sound.
func TestTwoAtOnce(t *testing.T) {
	s := &server{dir: t.TempDir()}
	papers := s.season(t, "two-2019")
	type end struct {
		out string
		err error
	}
	ends := make(chan end)
	for range 2 {
		go func() {
			out, err := s.command(t, "import", papers).CombinedOutput()
			ends <- end{string(out), err}
		}()
	}
	done := 0
	for range 2 {
		e := <-ends
		switch {
		case e.err == nil:
			done++
		case !strings.Contains(e.out, "is in use by “thidua import” (process "):
			t.Errorf("a command that could not work said: %v: %s", e.err, e.out)
		}
	}
	if done == 0 {
		t.Error("neither command did its work")
	}
	var verdict struct{ OK bool }
	s.answer(t, &verdict, "verify", "--json")
	if !verdict.OK {
		t.Error("verify found a difference")
	}
	var seasons []struct{ Season string }
	s.answer(t, &seasons, "seasons", "--json")
	if len(seasons) != 1 {
		t.Errorf("there are %d seasons, want 1: %v", len(seasons), seasons)
	}
}
