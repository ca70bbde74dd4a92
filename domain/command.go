package domain

import (
	"context"
	"errors"
	"time"
)

// Command is something that a person or the system wants to have on the record.
type Command interface {
	// Streams lists what the decision stands on. The first is the stream whose history tells whether the command was done already.
	Streams() []Stream
	// Changes says what would be put on the log in the world as it is, without judging it.
	Changes(w *World) []Change
}

// Decide lets a command happen in the world and judges the world that results. It returns the changes to append, or an error that holds
// every problem found. The world is used up: it holds the changes even where they are refused.
func Decide(w *World, c Command) ([]Change, error) {
	changes := c.Changes(w)
	var ps Problems
	for _, change := range changes {
		ps = append(ps, w.Closed(change.Event)...)
		if len(ps) > 0 {
			break // it is one command, closed for one cause
		}
	}
	w.Apply(changes)
	for _, change := range changes {
		ps = append(ps, w.Check(change)...)
		ps = append(ps, w.checkStanding(change)...)
	}
	if err := ps.err(); err != nil {
		return nil, err
	}
	return changes, nil
}

// checkStanding judges what stood before a change and may stand no longer beside it. Where a whole season is judged, that has its own turn.
func (w *World) checkStanding(c Change) (ps Problems) {
	switch e := c.Event.(type) {
	case *SeasonDrafted, *ImportStarted, *ImportCompleted:
		return nil
	case *IndicatorReported:
		ps = append(w.checkLater(c, e), w.checkSigned(c)...)
	case *IndicatorCorrected:
		ps = w.checkSigned(c)
	case *HoldPlaced:
		ps = w.checkGranted(c.Stream.Unit, e)
	case *RankingFinalised:
		ps = w.checkOverdue(e)
	}
	if c.Stream.Season != "" && w.Season.Draft == nil {
		ps = append(ps, problem(RuleKnown, "season", "không có mùa thi đua %q", "there is no season %q", c.Stream.Season))
	}
	return ps
}

// Issue says who gives a command, and under which id, so that the same command given again is known.
type Issue struct {
	// ID is a UUID. Digest is the SHA-256 in hex of the canonical command: the same id with another digest is refused.
	ID, Digest string
	// Actor is a person's ref or "system:<name>".
	Actor         string
	CausationID   string
	CorrelationID string
	TraceParent   string
	// Disclosures open the command's disclosable texts. They are stored durably before its changes.
	Disclosures []Disclosure
}

// Append is what a decision wants on the log: all its changes or none.
type Append struct {
	Issue
	Changes []Change
	// Expect gives the version of every stream that the decision read or that the changes go to. The append conflicts if one differs.
	Expect map[Stream]uint64
	// ExpectSeasons gives the number of events of each season that the decision read as a whole.
	ExpectSeasons map[string]uint64
}

// Log is the record as the write side needs it. Its one implementation is eventlog's.
type Log interface {
	History
	// Append puts the changes on the log in one piece and returns the position of the first, durably stored. Where the command is on the log
	// already it returns that position; with another digest the error is of kind ErrRefused. ErrConflict says that an expectation failed.
	Append(ctx context.Context, a Append) (Position, error)
	// Stream returns the events of one stream, oldest first.
	Stream(ctx context.Context, s Stream) ([]Recorded, error)
}

// History is the record as a reader of whole seasons needs it.
type History interface {
	// Season returns every event of a season, of the units that are its members or stand above them, and of the keys that its signatures name
	// (KeysNamed), up to a position, in the order of the log. Position 0 means all that there is.
	Season(ctx context.Context, season string, upTo Position) ([]Recorded, error)
}

// executeTries is how often a command is decided again after a conflict, before the caller is told of it.
const executeTries = 4

// Execute carries out a command: it loads the streams that the command stands on, decides, and appends, again where somebody else was
// faster. It returns the position of the first event. A command that is on the log already answers with its old position.
func Execute(ctx context.Context, log Log, season string, c Command, issue Issue, now func() time.Time) (Position, error) {
	for try := 1; ; try++ {
		position, err := executeOnce(ctx, log, season, c, issue, now())
		if !errors.Is(err, ErrConflict) || try == executeTries {
			return position, err
		}
	}
}

func executeOnce(ctx context.Context, log Log, season string, c Command, issue Issue, now time.Time) (Position, error) {
	a := Append{Issue: issue, Expect: map[Stream]uint64{}, ExpectSeasons: map[string]uint64{}}
	events, err := readFor(ctx, log, season, c)
	if err != nil {
		return 0, err
	}
	w := NewWorld(season, now)
	for _, r := range events {
		if r.CommandID == issue.ID {
			return r.Position, issue.Repeats(r)
		}
		w.Evolve(r)
	}
	for _, stream := range c.Streams() {
		a.Expect[stream] = w.Version(stream)
	}
	if _, whole := c.(wholeSeason); whole {
		a.ExpectSeasons[season] = w.SeasonVersion()
	}
	if a.Changes, err = Decide(w, c); err != nil {
		return 0, err
	}
	return log.Append(ctx, a)
}

// wholeSeason is a command that stands on every event of its season.
type wholeSeason interface{ wholeSeason() }

// readFor returns the events that a command's decision stands on.
func readFor(ctx context.Context, log Log, season string, c Command) (events []Recorded, err error) {
	_, whole := c.(wholeSeason)
	if whole {
		if events, err = log.Season(ctx, season, 0); err != nil {
			return nil, err
		}
	}
	known := map[Stream]bool{}
	for _, r := range events {
		known[r.Stream] = true
	}
	for _, stream := range c.Streams() {
		if whole && stream.Season == season || known[stream] {
			continue
		}
		read, err := log.Stream(ctx, stream)
		if err != nil {
			return nil, err
		}
		events = append(events, read...)
	}
	return events, nil
}

// Repeats judges whether an event that carries the command's id was made by the same command: nil where it was, else a Problem of rule
// RuleCommand.
func (i Issue) Repeats(r Recorded) error {
	if i.Digest == r.CommandDigest {
		return nil
	}
	return problem(RuleCommand, "", "mã lệnh %s đã được dùng cho một lệnh khác; hãy gửi lệnh mới với mã mới",
		"the command id %s was used for another command; send a new command with a new id", i.ID)
}
