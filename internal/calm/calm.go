// Package calm settles how often a process of this program collects its garbage, the same for the program and for what measures it.
package calm

import "runtime/debug"

// How much memory may come to be, in percent of what is in use, before the garbage is collected, and beyond how many bytes in all it is collected
// sooner. Most of what is carried through lives no longer than a batch. The bound lets two processes, an import of a whole country and the one it goes into,
// stay below 700 MB together.
const (
	percent = 400
	bound   = 448 << 20
)

// Collect lets the garbage collector rest for longer than it would by default, up to a bound, where the environment does not say otherwise.
func Collect(getenv func(string) string) {
	if getenv("GOGC") == "" && getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(bound)
	}
}
