package eventlog

import (
	"maps"
	"time"

	"thidua/domain"
)

// tally counts the events of streams and seasons. One may lie above another: it then holds what comes on top.
type tally struct {
	below    *tally
	versions map[domain.Stream]uint64
	seasons  map[string]uint64
}

func newTally(below *tally) tally {
	return tally{below: below, versions: map[domain.Stream]uint64{}, seasons: map[string]uint64{}}
}

func (t *tally) version(s domain.Stream) uint64 {
	if v, ok := t.versions[s]; ok || t.below == nil {
		return v
	}
	return t.below.version(s)
}

func (t *tally) season(s string) uint64 {
	if v, ok := t.seasons[s]; ok || t.below == nil {
		return v
	}
	return t.below.season(s)
}

// next counts one more event of a stream and returns its versions. The season's is 0 where the stream belongs to none.
func (t *tally) next(s domain.Stream) (version, season uint64) {
	version = t.version(s) + 1
	t.versions[s] = version
	if s.Season != "" {
		season = t.season(s.Season) + 1
		t.seasons[s.Season] = season
	}
	return version, season
}

// merge brings what a tally holds into the one below.
func (t *tally) merge() {
	maps.Copy(t.below.versions, t.versions)
	maps.Copy(t.below.seasons, t.seasons)
}

// knowledge is what a committer knows of the log up to its last event. Its tally holds what was asked for so far.
type knowledge struct {
	tally
	last     domain.Position
	recorded time.Time // of the last event
	// faults are the streams of what was met that is no event and was not discarded.
	faults map[domain.Position]domain.Stream
}

// knowledgeLimit is the most versions that are kept; beyond it all are forgotten, to be read again when they are needed.
const knowledgeLimit = 1 << 18

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

// learn takes in what a plan has put on the log.
func (k *knowledge) learn(p *plan) {
	k.last, k.recorded = p.last, p.recorded
	p.merge()
	for _, position := range p.discarded {
		delete(k.faults, position)
	}
	if len(k.versions) > knowledgeLimit {
		clear(k.versions)
	}
}
