package domain

import "time"

// World is what a decision can see: the fold of the events of one season, and of the units and persons it stands on. Now is the server's
// clock at the moment of the decision.
type World struct {
	Now      time.Time
	Units    map[string]*Unit
	Persons  map[string]*Person
	Season   *Season
	Pledges  map[string]*Pledge
	Reports  map[ReportKey]*Report
	Conducts map[string]*Conduct
	Awards   *Awards
	// Inspection has the samples that were drawn.
	Inspection *Inspection
	// Keys are those that signatures name, by their streams' keys: the digests of their fingerprints in hex.
	Keys map[string]*Key
	// Parked are the positions of the season's events that a read model could not take, in order. They do not follow from the events: who
	// wants a ranking finalised gives them in.
	Parked []Position
	// Lost are the positions of gaps across which events of the season, or of a stream that was folded in, are missing.
	Lost []Position

	versions       map[Stream]uint64
	seasonVersion  uint64
	position       Position // of the last event
	seasonPosition Position // of the season's last event
}

// ReportKey names a report within a season.
type ReportKey struct{ Unit, Period string }

// NewWorld returns the world of a season before its first event.
func NewWorld(season string, now time.Time) *World {
	return &World{
		Now:      now,
		Units:    map[string]*Unit{},
		Persons:  map[string]*Person{},
		Season:   &Season{ID: season},
		Pledges:  map[string]*Pledge{},
		Reports:  map[ReportKey]*Report{},
		Conducts: map[string]*Conduct{},
		Awards:   &Awards{},

		Inspection: &Inspection{},
		Keys:       map[string]*Key{},
		versions:   map[Stream]uint64{},
	}
}

// Evolve folds one event of the log into the world. The events of a stream must come in their order; one of another season only moves the
// world's position.
func (w *World) Evolve(r Recorded) {
	w.position = max(w.position, r.Position)
	if r.Stream.Season != "" && r.Stream.Season != w.Season.ID {
		return
	}
	w.versions[r.Stream] = max(w.versions[r.Stream], r.StreamVersion)
	if r.Stream.Season != "" {
		w.seasonVersion, w.seasonPosition = max(w.seasonVersion, r.SeasonVersion), max(w.seasonPosition, r.Position)
	}
	switch s := r.Stream; s.Aggregate {
	case AggregateUnit:
		w.evolveUnit(r)
	case AggregatePerson:
		w.evolvePerson(r)
	case AggregateSeason:
		w.Season.evolve(r)
	case AggregatePledge:
		entry(w.Pledges, s.Unit).evolve(r)
	case AggregateReport:
		entry(w.Reports, ReportKey{s.Unit, s.Key}).evolve(r)
	case AggregateConduct:
		entry(w.Conducts, s.Unit).evolve(r)
	case AggregateAwards:
		w.Awards.evolve(r)
	case AggregateInspection:
		w.Inspection.evolve(r)
	case AggregateKey:
		entry(w.Keys, s.Key).evolve(r)
	case AggregateLog: // given only where it explains what is missing
		if _, ok := r.Event.(*LogGap); ok {
			w.Lost = append(w.Lost, r.Position)
		}
	case AggregateAny: // nothing of a season
	}
}

// Apply lets changes happen, as if they were appended next.
func (w *World) Apply(changes []Change) {
	for _, c := range changes {
		r := Recorded{Change: c, Position: w.position + 1, RecordedTime: w.Now, StreamVersion: w.versions[c.Stream] + 1}
		if c.Stream.Season != "" {
			r.SeasonVersion = w.seasonVersion + 1
		}
		w.Evolve(r)
	}
}

// Position returns the highest position that was folded in.
func (w *World) Position() Position { return w.position }

// Version returns the version of a stream, 0 where it has no event.
func (w *World) Version(s Stream) uint64 { return w.versions[s] }

// SeasonVersion returns the number of events of the season.
func (w *World) SeasonVersion() uint64 { return w.seasonVersion }

// Pledge returns a unit's pledge, an empty one where it has none.
func (w *World) Pledge(unit string) *Pledge { return lookup(w.Pledges, unit) }

// Report returns a unit's report of a period, an empty one where there is none.
func (w *World) Report(unit, period string) *Report {
	return lookup(w.Reports, ReportKey{unit, period})
}

// Conduct returns a unit's conduct, an empty one where there is none.
func (w *World) Conduct(unit string) *Conduct { return lookup(w.Conducts, unit) }

func entry[K comparable, V any](m map[K]*V, key K) *V {
	if m[key] == nil {
		m[key] = new(V)
	}
	return m[key]
}

func lookup[K comparable, V any](m map[K]*V, key K) *V {
	if v := m[key]; v != nil {
		return v
	}
	return new(V)
}
