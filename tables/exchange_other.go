//go:build !linux

package tables

// exchange lets a folder take the name of another, which is removed.
func exchange(fresh, out string) error { return exchangeByName(fresh, out) }
