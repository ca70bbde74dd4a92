// Package explain tells how a ranking's numbers came about: of every unit the total, of every criterion the formula with its terms, and
// behind these each value with the event that brought it. It is pure: it reads a world that was folded from the log, and names people by
// their refs and texts by their digests; who has names and texts puts them in with Name.
package explain
