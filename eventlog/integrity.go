package eventlog

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"thidua/domain"
	"thidua/eventlog/envelope"
)

// Report says what Check has read.
type Report struct {
	Events  uint64
	Last    domain.Position
	Streams int
	Seasons int
	// Unknown counts the events of types that the catalogue does not have; only their envelopes could be checked.
	Unknown uint64
	// Discarded counts the events that were discarded, some of which may have been none.
	Discarded uint64
	// Gaps counts the positions whose events are lost.
	Gaps uint64
}

// Check reads the whole log once, as far as it goes when it is called, and checks everything that an event says about its place: that no
// position is missing, that it is stored under the subject that follows from it, that its bytes are the canonical ones of what they say,
// that it comes from this log, that the versions of streams and seasons go up by one, and that recordedtime never falls. What was discarded
// is right again. visit, where it is given, is called for each event in order, also one with a Fault, and its error ends the reading.
//
// The report is of what was found in order. The error is of kind ErrCorrupt and names the position of the first thing that is wrong.
func (l *Log) Check(ctx context.Context, visit func(domain.Recorded) error) (Report, error) {
	end, err := l.Last(ctx)
	if err != nil {
		return Report{}, err
	}
	c := newChecking(l, l.At)
	err = l.scanTo(ctx, "", end, func(m message) error {
		if m.sequence > end {
			return errEnough
		}
		r, err := c.check(ctx, m)
		if err != nil {
			return err
		}
		if visit != nil {
			return visit(r)
		}
		return nil
	})
	if err == nil && c.report.Last < end {
		err = missing(c.report.Last+1, end)
	}
	return c.close(err)
}

// checking is what Check carries from event to event.
type checking struct {
	log      *Log
	report   Report
	versions map[domain.Stream]uint64
	seasons  map[string]uint64
	recorded time.Time
	id       string // the one that the next event has if it is of the same command
	wrong    map[domain.Position]error
	at       func(context.Context, domain.Position) (domain.Recorded, error)
	// gaps counts the gaps so far; of them each stream, and each season, can have lost one event. missing counts what they have lost together.
	gaps, missing, missingSeasons uint64
	gap                           bool // the event before is one
}

// newChecking begins to check events, which at finds again by their positions.
func newChecking(l *Log, at func(context.Context, domain.Position) (domain.Recorded, error)) *checking {
	return &checking{log: l, versions: map[domain.Stream]uint64{}, seasons: map[string]uint64{}, wrong: map[domain.Position]error{}, at: at}
}

// unreadable reports whether what lies at a position is no event.
func unreadable(r domain.Recorded) bool { return r.Fault != nil }

// check checks one message. What is wrong with it alone is noted, for it may be discarded later on.
func (c *checking) check(ctx context.Context, m message) (domain.Recorded, error) {
	if m.sequence != c.report.Last+1 {
		return domain.Recorded{}, missing(c.report.Last+1, m.sequence-1)
	}
	c.report.Events++
	c.report.Last = m.sequence
	r := c.log.decode(m)
	if unreadable(r) {
		c.wrong[r.Position], c.id, c.gap = r.Fault, "", false
		return r, nil
	}
	if r.Event == nil {
		c.report.Unknown++
	}
	if err := c.place(r); err != nil {
		c.wrong[r.Position] = fmt.Errorf("eventlog: position %d: %w: %w", r.Position, domain.ErrCorrupt, err)
	}
	if c.gap = domain.IsGap(r); c.gap {
		c.gaps++
		c.report.Gaps++
	}
	c.versions[r.Stream], c.id = max(c.versions[r.Stream], r.StreamVersion), nextID(r)
	if r.RecordedTime.After(c.recorded) {
		c.recorded = r.RecordedTime
	}
	if r.Stream.Season != "" {
		c.seasons[r.Stream.Season] = max(c.seasons[r.Stream.Season], r.SeasonVersion)
	}
	if e, ok := r.Event.(*domain.EventDiscarded); ok {
		return r, c.discard(ctx, r, e.Position)
	}
	return r, nil
}

// discard takes back what was noted of an event that is discarded. A discard of what does not lie there is itself wrong.
func (c *checking) discard(ctx context.Context, d domain.Recorded, position domain.Position) error {
	discarded, err := c.at(ctx, position)
	switch {
	case err != nil && !errors.Is(err, domain.ErrNotFound):
		return err
	case err != nil || !domain.Discards(d, discarded):
		c.wrong[d.Position] = fmt.Errorf("eventlog: position %d: it discards what does not lie in its stream at position %d: %w", d.Position, position, domain.ErrCorrupt)
	default:
		delete(c.wrong, position)
		c.report.Discarded++
	}
	return nil
}

// close gives the report, and the first thing that is wrong and was not discarded.
func (c *checking) close(err error) (Report, error) {
	c.report.Streams, c.report.Seasons = len(c.versions), len(c.seasons)
	if len(c.wrong) == 0 {
		return c.report, err
	}
	first := slices.Min(slices.Collect(maps.Keys(c.wrong)))
	c.report.Events, c.report.Last = first-1, first-1
	return c.report, c.wrong[first]
}

// nextID is the id of the event that follows within the same command.
func nextID(r domain.Recorded) string {
	n, _ := strconv.Atoi(r.ID[len(r.CommandID)+1:]) // decoding has checked the form
	return eventID(r.CommandID, n+1)
}

// place checks an event against those before it.
func (c *checking) place(r domain.Recorded) error {
	_, gap := r.Event.(*domain.LogGap)
	switch {
	case gap && !domain.IsGap(r):
		return errors.New("it is a gap of another position")
	case !c.follows(r.StreamVersion, c.versions[r.Stream], &c.missing):
		return fmt.Errorf("it is version %d of the stream %s, after version %d", r.StreamVersion, r.Stream, c.versions[r.Stream])
	case r.Stream.Season != "" && !c.follows(r.SeasonVersion, c.seasons[r.Stream.Season], &c.missingSeasons):
		return fmt.Errorf("it is version %d of the season %s, after version %d", r.SeasonVersion, r.Stream.Season, c.seasons[r.Stream.Season])
	case r.ID != c.id && r.ID != eventID(r.CommandID, 1) && !c.gap:
		return fmt.Errorf("its id is %s, where %s or the first of another command belongs", r.ID, c.id)
	case r.RecordedTime.Before(c.recorded):
		return fmt.Errorf("it was recorded at %s, before the event before it at %s", envelope.RecordedText(r.RecordedTime), envelope.RecordedText(c.recorded))
	}
	return nil
}

// follows judges that a version is the one behind another, or that the gaps can have held those between. What they are taken to have held is
// counted.
func (c *checking) follows(version, before uint64, missing *uint64) bool {
	if version <= before {
		return false
	}
	if *missing += version - before - 1; *missing > c.gaps {
		*missing -= version - before - 1
		return false
	}
	return true
}
