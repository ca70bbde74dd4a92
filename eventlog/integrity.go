package eventlog

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"thidua/domain"
)

// Report says what Check has read.
type Report struct {
	Events  uint64
	Last    domain.Position
	Streams int
	Seasons int
	// Unknown counts the events of types that the catalogue does not have; only their envelopes could be checked.
	Unknown uint64
}

// Check reads the whole log once, as far as it goes when it is called, and checks everything that an event says about its place: that no
// position is missing, that it is stored under the subject that follows from it, that its bytes are the canonical ones of what they say,
// that it comes from this log, that the versions of streams and seasons go up by one, and that recordedtime never falls. visit, where it
// is given, is called for each event in order, and its error ends the reading.
//
// The report is of what was found in order. The error is of kind ErrCorrupt and names the position of the first thing that is wrong.
func (l *Log) Check(ctx context.Context, visit func(domain.Recorded) error) (Report, error) {
	end, err := l.Last(ctx)
	if err != nil {
		return Report{}, err
	}
	c := checking{log: l, versions: map[domain.Stream]uint64{}, seasons: map[string]uint64{}}
	err = l.scan(ctx, "", 1, func(m message) error {
		if m.sequence > end {
			return errEnough
		}
		r, err := c.check(m)
		if err != nil {
			return err
		}
		if visit != nil {
			return visit(r)
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	if err == nil && c.report.Last < end {
		err = missing(c.report.Last+1, end)
	}
	c.report.Streams, c.report.Seasons = len(c.versions), len(c.seasons)
	return c.report, err
}

// checking is what Check carries from event to event.
type checking struct {
	log      *Log
	report   Report
	versions map[domain.Stream]uint64
	seasons  map[string]uint64
	recorded time.Time
	id       string // the one that the next event has if it is of the same command
}

func (c *checking) check(m message) (domain.Recorded, error) {
	if m.sequence != c.report.Last+1 {
		return domain.Recorded{}, missing(c.report.Last+1, m.sequence-1)
	}
	r, err := c.log.decode(m)
	switch {
	case errors.Is(err, domain.ErrUnknownEvent):
		c.report.Unknown++
	case err != nil:
		return r, err
	}
	if err := c.place(r, m.subject); err != nil {
		return r, fmt.Errorf("eventlog: position %d: %w: %w", m.sequence, domain.ErrCorrupt, err)
	}
	c.versions[r.Stream], c.recorded, c.id = r.StreamVersion, r.RecordedTime, nextID(r)
	if r.Stream.Season != "" {
		c.seasons[r.Stream.Season] = r.SeasonVersion
	}
	c.report.Events++
	c.report.Last = m.sequence
	return r, nil
}

// nextID is the id of the event that follows within the same command.
func nextID(r domain.Recorded) string {
	n, _ := strconv.Atoi(r.ID[len(r.CommandID)+1:]) // decoding has checked the form
	return eventID(r.CommandID, n+1)
}

// place checks an event against those before it and against the message that carries it.
func (c *checking) place(r domain.Recorded, subject string) error {
	words, _, _ := words(r.Type)
	switch {
	case subject != r.Stream.Subject(words):
		return fmt.Errorf("it is stored under %s, and belongs under %s", subject, r.Stream.Subject(words))
	case r.Source != c.log.origin:
		return fmt.Errorf("its source is %s, this log is %s", r.Source, c.log.origin)
	case r.StreamVersion != c.versions[r.Stream]+1:
		return fmt.Errorf("it is version %d of the stream %s, after version %d", r.StreamVersion, r.Stream, c.versions[r.Stream])
	case r.Stream.Season != "" && r.SeasonVersion != c.seasons[r.Stream.Season]+1:
		return fmt.Errorf("it is version %d of the season %s, after version %d", r.SeasonVersion, r.Stream.Season, c.seasons[r.Stream.Season])
	case r.ID != c.id && r.ID != eventID(r.CommandID, 1):
		return fmt.Errorf("its id is %s, where %s or the first of another command belongs", r.ID, c.id)
	case r.RecordedTime.Before(c.recorded):
		return fmt.Errorf("it was recorded at %s, before the event before it at %s", r.RecordedTime.Format(recordedLayout), c.recorded.Format(recordedLayout))
	}
	return nil
}
