package workers

import "thidua/projections"

// Plan is how workers would share leases, by name, of which some have owners.
func Plan(workers []projections.Worker, owners map[string]string) map[string]string {
	return board{workers: workers, owners: owners}.plan()
}
