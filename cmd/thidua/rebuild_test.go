package main_test

import (
	"math/rand/v2"
	"testing"
)

// TestRebuildKilled kills rebuilds and undos at random moments, while a server projects: each time the tables that serve are whole, and the next
// run comes to its end.
func TestRebuildKilled(t *testing.T) {
	up := start(t)
	papers := up.season(t, "rebuilt")
	want := len(standings(t, up, "rebuilt", papers))
	took := up.timed(t, "rebuild", "--all")
	for range 4 {
		for _, undo := range []string{"--undo=false", "--undo"} {
			up.killed(t, rand.N(took), "rebuild", "--all", undo)
			if got := len(standings(t, up, "rebuilt", papers)); got != want {
				t.Errorf("%d standings after a killed rebuild, want %d", got, want)
			}
		}
	}
	up.answer(t, nil, "rebuild", "--all")
	up.answer(t, nil, "rebuild", "--undo", "--all")
	var verdict struct{ OK bool }
	up.answer(t, &verdict, "verify", "--json")
	if !verdict.OK {
		t.Error("verify found a difference")
	}
}
