package eventlog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"thidua/domain"
)

// Subscription is a durable consumer of the stream, made for an analyst who reads the log over NATS. What it has of the analyst is the public half of
// a key, so nothing secret is kept of him, and who takes the subscription away takes all that there is of him.
type Subscription struct {
	// Name is of the analyst: small letters, digits and hyphens, at most 32.
	Name string
	// Filter is the one subject filter of the events that he gets, such as "emulation.s2019.>".
	Filter string
	// After is the position behind which he begins to read.
	After domain.Position
	// Key is the public nkey (U…) by which he comes.
	Key string
}

// Progress is how far an analyst has read.
type Progress struct {
	Subscription
	// Acked is the position up to which all is acknowledged, 0 for nothing yet.
	Acked domain.Position
	// Unacked is how many events were given and not acknowledged yet, Waiting how many have not been given.
	Unacked int
	Waiting uint64
}

// Consumer is the name of the subscription's consumer. The readers of the program itself have names without hyphens.
func (s Subscription) Consumer() string { return consumerPrefix + s.Name }

const (
	consumerPrefix   = "analyst-"
	metaKey          = "key"
	maxSubscriptions = 100
	maxFilter        = 255
)

// The errors of subscriptions, beside ErrInvalid.
var (
	// ErrSubscribed says that there is a subscription of the name or the key.
	ErrSubscribed = errors.New("there is such a subscription already")
	// ErrNoSubscription says that there is none of the name.
	ErrNoSubscription = errors.New("there is no such subscription")
	// ErrSubscriptions says that there are as many as there can be.
	ErrSubscriptions = fmt.Errorf("there are %d subscriptions already", maxSubscriptions)
)

// Service is a subject under which the log answers somebody in another account.
type Service struct {
	Subject string
	// Many says that one request can have several answers.
	Many bool
}

// Services are all that the analyst may ask of the log: how the stream stands; events by position or subject; how his consumer stands, what comes
// next on it, and to acknowledge that. Nothing of it makes, changes or deletes anything but the place where he reads on.
func (s Subscription) Services() []Service {
	return []Service{
		{"$JS.API.STREAM.INFO." + StreamName, false},
		{"$JS.API.STREAM.MSG.GET." + StreamName, false},
		{"$JS.API.DIRECT.GET." + StreamName, true},
		{"$JS.API.DIRECT.GET." + StreamName + ".>", true},
		{"$JS.API.CONSUMER.INFO." + StreamName + "." + s.Consumer(), false},
		{"$JS.API.CONSUMER.MSG.NEXT." + StreamName + "." + s.Consumer(), true},
		{"$JS.ACK." + StreamName + "." + s.Consumer() + ".>", false},
	}
}

var (
	nameForm   = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)
	filterForm = regexp.MustCompile(`^` + domain.SubjectRoot + `(\.(\*|[A-Za-z0-9_-]+)){0,5}(\.>|\.(\*|[A-Za-z0-9_-]+))$`)
)

// NameOfSubscription reports whether a subscription can have the name.
func NameOfSubscription(name string) bool { return nameForm.MatchString(name) }

// FilterOfEvents reports whether a text is a subject filter that events can match.
func FilterOfEvents(filter string) bool {
	return len(filter) <= maxFilter && filterForm.MatchString(filter) && strings.Count(filter, ".") <= 5
}

// config is the consumer. Acknowledging an event acknowledges those before it, so that a batch costs one. What is not acknowledged in half a minute is
// given again, as often as it takes. So events come in order, but what was given and not acknowledged comes again behind what is new: a reader
// goes by the positions.
func (s Subscription) config() jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Durable:           s.Consumer(),
		Description:       "The analyst " + s.Name + " reads on from here.",
		DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:       s.After + 1,
		FilterSubject:     s.Filter,
		AckPolicy:         jetstream.AckAllPolicy,
		AckWait:           30 * time.Second,
		MaxDeliver:        -1,
		MaxAckPending:     10_000,
		MaxRequestBatch:   10_000,
		MaxRequestExpires: time.Minute, // the server forgets after two who asked across accounts
		MaxWaiting:        64,
		Metadata:          map[string]string{metaKey: s.Key},
	}
}

// Subscribe makes a subscription. ErrInvalid says that its name, filter or position can't be.
func (l *Log) Subscribe(ctx context.Context, s Subscription) error {
	if !NameOfSubscription(s.Name) || !FilterOfEvents(s.Filter) || s.Key == "" {
		return fmt.Errorf("eventlog: subscription %q of %q: %w", s.Name, s.Filter, domain.ErrInvalid)
	}
	all, err := l.Subscriptions(ctx)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(p Progress) bool { return p.Name == s.Name || p.Key == s.Key }) {
		return fmt.Errorf("eventlog: subscription %s: %w", s.Name, ErrSubscribed)
	}
	if len(all) >= maxSubscriptions {
		return fmt.Errorf("eventlog: subscription %s: %w", s.Name, ErrSubscriptions)
	}
	last, err := l.Last(ctx)
	if err != nil {
		return err
	}
	if s.After > last {
		return fmt.Errorf("eventlog: subscription %s after %d: the log ends at %d: %w", s.Name, s.After, last, domain.ErrInvalid)
	}
	_, err = l.js.CreateConsumer(ctx, StreamName, s.config())
	if errors.Is(err, jetstream.ErrConsumerExists) { // another was first
		err = ErrSubscribed
	}
	if err != nil {
		return fmt.Errorf("eventlog: subscription %s: %w", s.Name, err)
	}
	return nil
}

// Unsubscribe takes a subscription away, and with it the place where its analyst would read on.
func (l *Log) Unsubscribe(ctx context.Context, name string) error {
	if !NameOfSubscription(name) {
		return fmt.Errorf("eventlog: subscription %q: %w", name, ErrNoSubscription)
	}
	err := l.js.DeleteConsumer(ctx, StreamName, Subscription{Name: name}.Consumer())
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		err = ErrNoSubscription
	}
	if err != nil {
		return fmt.Errorf("eventlog: subscription %s: %w", name, err)
	}
	return nil
}

// Subscriptions returns all subscriptions and how far each has been read, by name. None is there where the log is not.
func (l *Log) Subscriptions(ctx context.Context) (all []Progress, err error) {
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Timeout)
	defer cancel()
	stream, err := l.js.Stream(ctx, StreamName)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("eventlog: subscriptions: %w", err)
	}
	found := stream.ListConsumers(ctx)
	for info := range found.Info() {
		if p, ok := progressOf(info); ok {
			all = append(all, p)
		}
	}
	if err := found.Err(); err != nil && !errors.Is(err, jetstream.ErrEndOfData) {
		return nil, fmt.Errorf("eventlog: subscriptions: %w", err)
	}
	slices.SortFunc(all, func(a, b Progress) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// progressOf reads a consumer as a subscription, if it is one.
func progressOf(info *jetstream.ConsumerInfo) (Progress, bool) {
	name, ok := strings.CutPrefix(info.Config.Durable, consumerPrefix)
	key := info.Config.Metadata[metaKey]
	if !ok || key == "" || !NameOfSubscription(name) {
		return Progress{}, false
	}
	return Progress{
		Subscription: Subscription{Name: name, Filter: cmp.Or(info.Config.FilterSubject, domain.SubjectRoot+".>"), After: max(info.Config.OptStartSeq, 1) - 1, Key: key},
		Acked:        info.AckFloor.Stream, Unacked: info.NumAckPending, Waiting: info.NumPending,
	}, true
}
