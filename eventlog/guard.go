package eventlog

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"thidua/domain"
)

// StreamName is the JetStream stream of all events.
const StreamName = "EMULATION"

// The stream's own metadata: what tells it from another stream of the same name.
const (
	metaEpoch  = "epoch"
	metaOrigin = "origin"
	// metaFilling says that the stream is not the log yet: up to which position it is being filled.
	metaFilling = "filling"
)

// streamConfig is the configuration under which the server cannot lose, drop or change an event. Every field that the server would fill in
// is given, so that what it holds can be compared with what is wanted.
func streamConfig(replicas int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:               StreamName,
		Description:        "The record of the emulation cluster: every event, in one order, for ever.",
		Subjects:           []string{domain.SubjectRoot + ".>"},
		Retention:          jetstream.LimitsPolicy,
		MaxConsumers:       -1,
		MaxMsgs:            -1,
		MaxBytes:           -1,
		MaxMsgsPerSubject:  -1,
		MaxMsgSize:         -1,
		Discard:            jetstream.DiscardNew,
		Storage:            jetstream.FileStorage,
		Replicas:           max(replicas, 1),
		Duplicates:         2 * time.Minute, // the server's own default; no event carries a message id
		DenyDelete:         true,
		DenyPurge:          true,
		AllowDirect:        true,
		AllowAtomicPublish: true,
	}
}

// openStream finds the stream or makes it, and takes its epoch and origin.
func (l *Log) openStream(ctx context.Context) error {
	stream, err := l.js.Stream(ctx, StreamName)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		stream, err = l.makeStream(ctx)
	}
	if err != nil {
		return fmt.Errorf("stream %s: %w", StreamName, err)
	}
	metadata := stream.CachedInfo().Config.Metadata
	l.epoch, l.origin, l.replicas = metadata[metaEpoch], metadata[metaOrigin], stream.CachedInfo().Config.Replicas
	if l.cfg.Origin != "" && l.cfg.Origin != l.origin {
		return fmt.Errorf("stream %s: its origin is %q, the one asked for %q: %w", StreamName, l.origin, l.cfg.Origin, domain.ErrInvalid)
	}
	_, err = l.inspect(ctx)
	if err != nil && l.cfg.Damaged && errors.Is(err, domain.ErrCorrupt) {
		l.Stop(err)
		return nil
	}
	return err
}

func (l *Log) makeStream(ctx context.Context) (jetstream.Stream, error) {
	epoch, err := l.randomHex()
	if err != nil {
		return nil, err
	}
	origin := l.cfg.Origin
	if origin == "" {
		origin = "thidua-" + epoch[:16] + "/log"
	}
	wanted := streamConfig(l.cfg.Replicas)
	wanted.Metadata = map[string]string{metaEpoch: epoch, metaOrigin: origin}
	stream, err := l.js.CreateStream(ctx, wanted)
	if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		return l.js.Stream(ctx, StreamName) // another process was first
	}
	return stream, err
}

// inspect asks the stream's leader how it stands, and guards the answer.
func (l *Log) inspect(ctx context.Context) (*jetstream.StreamInfo, error) {
	stream, err := l.js.Stream(ctx, StreamName)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, fmt.Errorf("eventlog: stream %s is gone: %w", StreamName, domain.ErrCorrupt)
	}
	if err != nil {
		return nil, fmt.Errorf("eventlog: stream %s: %w", StreamName, err)
	}
	info := stream.CachedInfo()
	if info.State.NumDeleted > 0 { // it is to be said which
		if info, err = stream.Info(ctx, jetstream.WithDeletedDetails(true)); err != nil {
			return nil, fmt.Errorf("eventlog: stream %s: %w", StreamName, err)
		}
	}
	return info, l.guard(info)
}

// Guard checks that the stream is still the one that was opened, under the configuration that keeps every event, and that nothing of it is
// missing. The error is of kind ErrCorrupt and names what was found and what was wanted.
func (l *Log) Guard(ctx context.Context) error {
	_, err := l.inspect(ctx)
	return err
}

func (l *Log) guard(info *jetstream.StreamInfo) error {
	metadata := info.Config.Metadata
	if filling := metadata[metaFilling]; filling != "" {
		return fmt.Errorf("eventlog: stream %s: it is being filled to position %s by a repair or a restore that has not ended; run that again: %w",
			StreamName, filling, domain.ErrCorrupt)
	}
	if metadata[metaEpoch] != l.epoch || metadata[metaOrigin] != l.origin || l.epoch == "" || l.origin == "" {
		return fmt.Errorf("eventlog: stream %s: it is of epoch %q and origin %q, wanted %q and %q: %w",
			StreamName, metadata[metaEpoch], metadata[metaOrigin], l.epoch, l.origin, domain.ErrCorrupt)
	}
	lost := absent(info.State)
	if field, found, wanted := difference(info.Config, streamConfig(l.cfg.Replicas)); field != "" {
		return fmt.Errorf("eventlog: stream %s: field %s is %v, wanted %v; events could be lost; put it back before going on%s: %w",
			StreamName, field, found, wanted, prefixed("; ", lost), domain.ErrCorrupt)
	}
	if lost != "" {
		return fmt.Errorf("eventlog: stream %s: %s: %w", StreamName, lost, domain.ErrCorrupt)
	}
	return nil
}

// absent says which positions a stream knows that it holds no more, "" for none.
func absent(s jetstream.StreamState) string {
	if s.Msgs == s.LastSeq && s.NumDeleted == 0 && (s.Msgs == 0 || s.FirstSeq == 1) {
		return ""
	}
	spans := spansOf(s.Deleted)
	if s.FirstSeq > 1 && s.LastSeq > 0 {
		spans = append([]Span{{1, min(s.FirstSeq-1, s.LastSeq)}}, spans...)
	}
	return fmt.Sprintf("it holds %d events, the first at %d, the last at %d, %d deleted; wanted all from 1 on%s",
		s.Msgs, s.FirstSeq, s.LastSeq, s.NumDeleted, prefixed("; lost: ", naming(spans)))
}

// prefixed puts words before a text, if there is any.
func prefixed(words, text string) string {
	if text == "" {
		return ""
	}
	return words + text
}

// difference names the first field in which a configuration is not the wanted one. Not compared are those that an operator may choose:
// the description, where the stream is placed, and more replicas than asked for.
func difference(found, wanted jetstream.StreamConfig) (field string, is, want any) {
	chosen := []string{"Description", "Placement", "Metadata"}
	f, w := reflect.ValueOf(found), reflect.ValueOf(wanted)
	for i := range f.NumField() {
		name := f.Type().Field(i).Name
		is, want := f.Field(i).Interface(), w.Field(i).Interface()
		switch {
		case slices.Contains(chosen, name), reflect.DeepEqual(is, want):
		case name == "Replicas" && found.Replicas > wanted.Replicas:
		default:
			return name, is, want
		}
	}
	return foreign(found.Metadata)
}

// foreign names metadata that neither this package nor the server wrote.
func foreign(metadata map[string]string) (field string, is, want any) {
	for key, value := range metadata {
		if key != metaEpoch && key != metaOrigin && !strings.HasPrefix(key, "_nats.") {
			return "Metadata[" + key + "]", value, "none"
		}
	}
	return "", nil, nil
}
