package workers

import (
	"slices"
	"strings"

	"thidua/projections"
)

// board is who works on what.
type board struct {
	workers []projections.Worker // that live, by owner
	owners  map[string]string    // by the name of the lease, "" where nobody has it
}

// plan says who should have each lease, so that no worker has two more than another who could take one of them, and as few as possible change hands.
// Every worker that sees the same board makes the same plan, so nobody needs to lead.
func (b board) plan() map[string]string {
	planned := map[string]string{}
	load := map[string]int{}
	names := b.names()
	for _, name := range names {
		planned[name] = b.owners[name]
		load[b.owners[name]]++
	}
	for _, name := range names {
		if planned[name] != "" {
			continue
		}
		if owner := b.lightest(name, load); owner != "" {
			planned[name] = owner
			load[owner]++
		}
	}
	for b.even(names, planned, load) {
	}
	return planned
}

// names lists the leases that there are and those that a worker could have.
func (b board) names() []string {
	var names []string
	for name := range b.owners {
		names = append(names, name)
	}
	for _, w := range b.workers {
		names = append(names, w.Able...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// lightest is the worker with the fewest leases of those who could have one, "" where there is none. Of equals it is the first by name.
func (b board) lightest(name string, load map[string]int) (owner string) {
	for _, w := range b.workers {
		if slices.Contains(w.Able, name) && (owner == "" || load[w.Owner] < load[owner]) {
			owner = w.Owner
		}
	}
	return owner
}

// even moves one lease from the worker with the most leases to one with at least two fewer. It reports whether there was one to move.
func (b board) even(names []string, planned map[string]string, load map[string]int) bool {
	givers := slices.SortedStableFunc(slices.Values(b.workers), func(x, y projections.Worker) int {
		if load[x.Owner] != load[y.Owner] {
			return load[y.Owner] - load[x.Owner]
		}
		return strings.Compare(x.Owner, y.Owner)
	})
	for _, giver := range givers {
		for _, name := range names {
			if planned[name] != giver.Owner {
				continue
			}
			if to := b.lightest(name, load); to != "" && load[to]+2 <= load[giver.Owner] {
				planned[name] = to
				load[to]++
				load[giver.Owner]--
				return true
			}
		}
	}
	return false
}
