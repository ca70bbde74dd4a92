package workers_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"thidua/projections"
	"thidua/workers"
)

func TestPlan(t *testing.T) {
	t.Parallel()
	all := []string{"a", "b", "c", "d"}
	w := func(owner string, able ...string) projections.Worker {
		return projections.Worker{Owner: owner, Able: able}
	}
	for _, test := range []struct {
		name    string
		workers []projections.Worker
		owners  map[string]string
		want    map[string]string
	}{
		{"alone", []projections.Worker{w("x", all...)}, nil, map[string]string{"a": "x", "b": "x", "c": "x", "d": "x"}},
		{"two begin", []projections.Worker{w("x", all...), w("y", all...)}, nil, map[string]string{"a": "x", "b": "y", "c": "x", "d": "y"}},
		{
			"another comes",
			[]projections.Worker{w("x", all...), w("y", all...)},
			map[string]string{"a": "y", "b": "y", "c": "y", "d": "y"},
			map[string]string{"a": "x", "b": "x", "c": "y", "d": "y"},
		},
		{
			"as even as can be",
			[]projections.Worker{w("x", "a", "b", "c"), w("y", "a", "b", "c")},
			map[string]string{"a": "x", "b": "x", "c": "y"},
			map[string]string{"a": "x", "b": "x", "c": "y"},
		},
		{
			"only one is able",
			[]projections.Worker{w("x", "a", "b"), w("y", "b")},
			map[string]string{"a": "x", "b": "x"},
			map[string]string{"a": "x", "b": "y"},
		},
		{"nobody is able", []projections.Worker{w("x", "b")}, map[string]string{"a": "", "b": "x"}, map[string]string{"a": "", "b": "x"}},
		{"one who is not on the list", []projections.Worker{w("x", "a", "b")}, map[string]string{"a": "z", "b": ""}, map[string]string{"a": "z", "b": "x"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, workers.Plan(test.workers, test.owners)); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

// Whoever is able to do what: everything that somebody can do has an owner who can, and none has two more than another who could take one.
func TestPlanIsEven(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
		var all []projections.Worker
		for i := range rapid.IntRange(1, 5).Draw(t, "workers") {
			able := rapid.SliceOfDistinct(rapid.SampledFrom(names), rapid.ID[string]).Draw(t, "able")
			all = append(all, projections.Worker{Owner: fmt.Sprint("worker-", i), Able: able})
		}
		owners := map[string]string{}
		for _, name := range names {
			if w := rapid.SampledFrom(all).Draw(t, "owner"); slices.Contains(w.Able, name) && rapid.Bool().Draw(t, "owned") {
				owners[name] = w.Owner
			}
		}
		plan, load := workers.Plan(all, owners), map[string]int{}
		for _, owner := range plan {
			load[owner]++
		}
		for _, w := range all {
			for _, name := range w.Able {
				owner := plan[name]
				if owner == "" {
					t.Fatalf("nobody has %s, which %s can do", name, w.Owner)
				}
				if load[owner] > load[w.Owner]+1 {
					t.Fatalf("%s has %d, and %s, who can do %s of them, has %d", owner, load[owner], w.Owner, name, load[w.Owner])
				}
			}
		}
	})
}
