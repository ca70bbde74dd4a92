package eventlog

import (
	"context"

	"thidua/domain"
	"thidua/eventlog/envelope"
)

// commands returns what each command that has written to a stream has put there first. The events' data is not looked at.
func (l *Log) commands(ctx context.Context, s domain.Stream) (map[string]domain.Recorded, error) {
	first := map[string]domain.Recorded{}
	err := l.scanAll(ctx, s.Filter(), 0, func(m message) error {
		r, subject, err := envelope.Skim(m.data)
		if foreign := err != nil || subject != s.String(); foreign {
			return nil // no event of the stream, so none of its commands
		}
		if _, known := first[r.CommandID]; !known {
			r.Position = m.sequence
			first[r.CommandID] = r
		}
		return nil
	})
	return first, err
}

// repeated returns the positions of the appends whose commands are on the log already, up to the first that is not. A command is found in
// the stream of its first change.
func (l *Log) repeated(ctx context.Context, all []prepared) (positions []domain.Position, err error) {
	read := map[domain.Stream]map[string]domain.Recorded{}
	for _, p := range all {
		stream := p.Changes[0].Stream
		if _, known := read[stream]; !known {
			if read[stream], err = l.commands(ctx, stream); err != nil {
				return positions, err
			}
		}
		r, found := read[stream][p.ID]
		if !found {
			return positions, nil
		}
		if err := p.Repeats(r); err != nil {
			return positions, err
		}
		positions = append(positions, r.Position)
	}
	return positions, nil
}
