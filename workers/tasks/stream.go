package tasks

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// StreamName is the name of the work queue's stream.
const StreamName = "TASKS"

// Each task has a subject of its own, tasks.<kind>.<id>.
const subjectPrefix = "tasks."

func subjectOf(kind, id string) string { return subjectPrefix + kind + "." + id }

// streamConfig lets a task have one message at most: another one is refused while it is there.
func streamConfig(cfg Config) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:                 StreamName,
		Description:          "Tasks whose turn it is, by kind and id; what is true of them stands in private.task.",
		Subjects:             []string{subjectPrefix + ">"},
		Retention:            jetstream.WorkQueuePolicy,
		Storage:              jetstream.FileStorage,
		Replicas:             cfg.Replicas,
		MaxMsgsPerSubject:    1,
		Discard:              jetstream.DiscardNew,
		DiscardNewPerSubject: true,
		MaxMsgs:              -1,
		MaxBytes:             -1,
		MaxMsgSize:           1024,
		MaxConsumers:         -1,
	}
}

// openStream finds a stream or makes it. One that is there stays as it is.
func openStream(ctx context.Context, js jetstream.JetStream, cfg jetstream.StreamConfig) (jetstream.Stream, error) {
	stream, err := js.Stream(ctx, cfg.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		stream, err = js.CreateStream(ctx, cfg)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another process was first
			stream, err = js.Stream(ctx, cfg.Name)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", cfg.Name, err)
	}
	return stream, nil
}

// consumer is what the workers of all processes take the tasks of one kind from. A process asks for the kinds that it knows, so that a task of a newer
// version's kind waits for a newer process.
func (q *Queue) consumer(ctx context.Context, kind string) (jetstream.Consumer, error) {
	c, err := q.js.CreateOrUpdateConsumer(ctx, StreamName, jetstream.ConsumerConfig{
		Durable:       kind,
		Description:   "The workers that do " + kind + ".",
		FilterSubject: subjectOf(kind, "*"),
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       q.cfg.Pace.Ack,
		MaxDeliver:    -1,
		MaxAckPending: -1,
	})
	if err != nil {
		return nil, fmt.Errorf("tasks: consumer %s: %w", kind, err)
	}
	return c, nil
}

// put puts a task on the queue. Where it is there already nothing happens.
func (q *Queue) put(ctx context.Context, kind, id string) error {
	_, err := q.js.Publish(ctx, subjectOf(kind, id), []byte(id))
	if refused, ok := errors.AsType[*jetstream.APIError](err); ok && strings.Contains(refused.Description, "maximum messages per subject") {
		return nil
	}
	if err != nil {
		return fmt.Errorf("tasks: put %s on the queue: %w", id, err)
	}
	return nil
}

// onQueue returns the subjects of the tasks that are on the queue, whether somebody works on them or not.
func (q *Queue) onQueue(ctx context.Context) (map[string]uint64, error) {
	info, err := q.stream.Info(ctx, jetstream.WithSubjectFilter(subjectPrefix+">"))
	if err != nil {
		return nil, fmt.Errorf("tasks: what is on the queue: %w", err)
	}
	return info.State.Subjects, nil
}
