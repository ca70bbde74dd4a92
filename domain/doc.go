// Package domain holds the rules of an emulation cluster's year, and nothing else: no I/O, no clock, no chance.
//
// A season's record is a sequence of events. Each event belongs to one stream (an aggregate: the season, a unit's pledge, a unit's
// report of one period, a unit's conduct, the season's awards, a unit, a person). A [World] is the fold of the events of one season and
// of the registry it stands on. A [Command] says what would be put on the log; [Decide] lets it happen in a World and asks every rule
// that the change could break. The rules are predicates over a World, so that the same ones judge one command and a whole season's
// papers, in whatever order these were written.
//
// The contracts are spec "events" (what stands on the log), "bundle" (the rules, by number) and "scoring" (package scoring).
package domain
