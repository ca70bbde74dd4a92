package testenv

import (
	"testing"
	"time"
)

// patience is how long is waited for what depends on nothing but the machine's speed.
const patience = time.Minute

// Eventually waits until something is so, and ends the test where that takes more than a minute. What is waited for reads behind "waited for".
func Eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	Within(t, patience, what, is)
}

// Within is Eventually for what must be so within some time.
func Within(t testing.TB, limit time.Duration, what string, is func() bool) {
	t.Helper()
	enough := time.NewTimer(limit)
	defer enough.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-enough.C:
			t.Fatalf("waited for %s in vain, for %v", what, limit)
		case <-tick.C:
		}
	}
}
