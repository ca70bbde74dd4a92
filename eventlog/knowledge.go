package eventlog

import (
	"slices"
	"time"

	"thidua/domain"
)

// knowledge is what a committer knows of the log up to its last event: as the log is, or as it will be when what is under way has come to stand
// on it. What a submission has changed can be taken back.
type knowledge struct {
	// versions and seasons count the events of those that were asked for so far.
	versions map[domain.Stream]uint64
	seasons  map[string]uint64
	// followed are the seasons known from their first event on: they had none when they were asked for, and whatever came to them since was taken in. A
	// stream of theirs that is not known has no events.
	followed map[string]bool

	last     domain.Position
	recorded time.Time // of the last event
	// faults are the streams of what was met that is no event and was not discarded.
	faults map[domain.Position]domain.Stream
}

func newKnowledge() knowledge {
	return knowledge{versions: map[domain.Stream]uint64{}, seasons: map[string]uint64{}, followed: map[string]bool{}, faults: map[domain.Position]domain.Stream{}}
}

// knowledgeLimit is the most versions that are kept; beyond it all are forgotten, to be read again when they are needed.
const knowledgeLimit = 1 << 18

// crowded reports whether more is known than is kept.
func (k *knowledge) crowded() bool { return len(k.versions) > knowledgeLimit }

// forget makes room. Nothing may be under way.
func (k *knowledge) forget() {
	clear(k.versions)
	clear(k.followed)
}

// counts reports whether the version of a stream is known.
func (k *knowledge) counts(s domain.Stream) bool {
	_, known := k.versions[s]
	return known || k.followed[s.Season]
}

// fold takes in the event that follows the last.
func (k *knowledge) fold(r domain.Recorded) {
	k.last = r.Position
	if r.Fault != nil {
		k.faults[r.Position] = r.Stream
		return
	}
	if e, ok := r.Event.(*domain.EventDiscarded); ok {
		delete(k.faults, e.Position)
	}
	if r.RecordedTime.After(k.recorded) {
		k.recorded = r.RecordedTime
	}
	// A version that was read rather than folded may be ahead of the last event.
	k.versions[r.Stream] = max(k.versions[r.Stream], r.StreamVersion)
	if r.Stream.Season != "" {
		k.seasons[r.Stream.Season] = max(k.seasons[r.Stream.Season], r.SeasonVersion)
	}
}

// past is what was known before a submission was taken in, as far as that changed it.
type past struct {
	last     domain.Position
	recorded time.Time
	streams  []streamPast
	faults   []fault
}

type streamPast struct {
	stream          domain.Stream
	version, season uint64
}

type fault struct {
	position domain.Position
	stream   domain.Stream
}

// remember begins a past.
func (k *knowledge) remember() past { return past{last: k.last, recorded: k.recorded} }

// enter counts the events of one stream that follow the last: it remembers what was, and returns the versions before the first.
func (k *knowledge) enter(p *past, s domain.Stream, events int) (version, season uint64) {
	version, season = k.versions[s], k.seasons[s.Season]
	p.streams = append(p.streams, streamPast{s, version, season})
	k.versions[s] = version + uint64(events)
	if s.Season != "" {
		k.seasons[s.Season] = season + uint64(events)
	}
	k.last += domain.Position(events)
	return version, season
}

// discard takes in that what lies at a position is discarded.
func (k *knowledge) discard(p *past, position domain.Position) {
	if s, harmed := k.faults[position]; harmed {
		p.faults = append(p.faults, fault{position, s})
		delete(k.faults, position)
	}
}

// takeBack makes what is known what it was. The last that was taken in must be taken back first.
func (k *knowledge) takeBack(p past) {
	k.last, k.recorded = p.last, p.recorded
	for _, s := range slices.Backward(p.streams) {
		k.versions[s.stream] = s.version
		if s.stream.Season != "" {
			k.seasons[s.stream.Season] = s.season
		}
	}
	for _, f := range p.faults {
		k.faults[f.position] = f.stream
	}
}
