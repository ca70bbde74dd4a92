package eventlog

import (
	"context"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go"

	"thidua/eventlog/envelope"
)

// lookUpLimit is the most subjects that one request asks for; the server takes 1,024.
const lookUpLimit = 1000

// Looking a disclosure up costs some ten times what it costs to be given the next one. So where runLeast and more are asked for the bucket is read in its order,
// for disclosures are stored in about the order of the events that name them, as long as one of runYield messages is among them. Where to begin is found out by
// looking up runSamples.
const (
	runLeast   = 64
	runYield   = 8
	runSamples = 8
)

// Disclose returns the texts of digests. One whose disclosure was erased, or never stored, is not in the answer; one whose disclosure does
// not have its digest is an error of kind ErrCorrupt.
func (l *Log) Disclose(ctx context.Context, digests []string) (map[string]string, error) {
	opened, err := l.open(ctx, digests)
	if err != nil {
		return nil, err
	}
	texts := make(map[string]string, len(opened))
	for digest, o := range opened {
		texts[digest] = o.text
	}
	return texts, nil
}

// Openings returns the disclosures of digests as they are written, salt and all, for who proves a text to somebody else. The rest is as in
// Disclose.
func (l *Log) Openings(ctx context.Context, digests []string) (map[string]string, error) {
	opened, err := l.open(ctx, digests)
	if err != nil {
		return nil, err
	}
	encoded := make(map[string]string, len(opened))
	for digest, o := range opened {
		encoded[digest] = o.encoded
	}
	return encoded, nil
}

// opening is a disclosure as it is written, and the text in it.
type opening struct{ encoded, text string }

func (l *Log) open(ctx context.Context, digests []string) (map[string]opening, error) {
	opened := make(map[string]opening, len(digests))
	digests = slices.DeleteFunc(slices.Clone(digests), func(d string) bool { return !envelope.IsDigest(d) }) // what is none opens nothing
	if len(digests) >= runLeast {
		if err := l.discloseRun(ctx, digests, opened); err != nil {
			return nil, err
		}
		digests = slices.DeleteFunc(digests, func(d string) bool { _, found := opened[d]; return found })
	}
	for chunk := range slices.Chunk(digests, lookUpLimit) {
		subjects := make([]string, len(chunk))
		for i, digest := range chunk {
			subjects[i] = disclosuresPrefix + digest
		}
		if err := l.discloseChunk(ctx, subjects, opened); err != nil {
			return nil, err
		}
	}
	return opened, l.discloseRest(ctx, digests, opened)
}

// discloseRun reads the bucket in its order, of any replica, from the first disclosure that is asked for, and opens those that it meets. Whichever version of one it
// meets says the same, for it has the digest; of an erased one there is none.
func (l *Log) discloseRun(ctx context.Context, digests []string, opened map[string]opening) error {
	wanted := make(map[string]bool, len(digests))
	for _, digest := range digests {
		wanted[digest] = true
	}
	from, found, err := l.runBegin(ctx, digests)
	for yields := found; yields && err == nil && len(opened) < len(wanted); {
		read, before := 0, len(opened)
		var end answerEnd
		request := directGet{Sequence: from, Batch: min(max(len(wanted)-before, runLeast), getMessages), MaxBytes: getBytes, Bare: true}
		end, err = l.ask(ctx, disclosuresStream, request, func(answer *nats.Msg) error {
			read++
			digest := envelope.DisclosureDigest(string(answer.Data))
			if !wanted[digest] {
				return nil
			}
			return disclose(message{subject: disclosuresPrefix + digest, data: answer.Data}, opened)
		})
		from = end.last + 1
		yields = end.pending > 0 && len(opened)-before >= read/runYield
	}
	if err != nil && !unanswered(ctx, err) { // what was not answered is looked up
		return fmt.Errorf("eventlog: disclose: %w", err)
	}
	return nil
}

// runBegin is the sequence of the first disclosure of some that are spread over those asked for; found is false where there is none of them.
func (l *Log) runBegin(ctx context.Context, digests []string) (from uint64, found bool, err error) {
	samples := make([]string, runSamples)
	for i := range samples {
		samples[i] = disclosuresPrefix + digests[i*len(digests)/runSamples]
	}
	_, err = l.directGet(ctx, disclosuresStream, directGet{Last: samples, MaxBytes: getBytes}, func(m message) error {
		if !found || m.sequence < from {
			from, found = m.sequence, true
		}
		return nil
	})
	return from, found, err
}

// discloseChunk asks for many disclosures at once, of any replica.
func (l *Log) discloseChunk(ctx context.Context, subjects []string, opened map[string]opening) error {
	for len(subjects) > 0 {
		found := map[string]bool{}
		end, err := l.directGet(ctx, disclosuresStream, directGet{Last: subjects, MaxBytes: getBytes}, func(m message) error {
			found[m.subject] = true
			return disclose(m, opened)
		})
		if unanswered(ctx, err) {
			return nil // the leader is asked for the rest
		}
		if err != nil {
			return fmt.Errorf("eventlog: disclose: %w", err)
		}
		if end.pending == 0 {
			return nil
		}
		subjects = slices.DeleteFunc(subjects, func(s string) bool { return found[s] })
	}
	return nil
}

// discloseRest asks the leader for what a replica did not have: it may only have been behind.
func (l *Log) discloseRest(ctx context.Context, digests []string, opened map[string]opening) error {
	for _, digest := range digests {
		if _, found := opened[digest]; found {
			continue
		}
		m, found, err := l.last(ctx, disclosuresStream, disclosuresPrefix+digest)
		if err != nil {
			return fmt.Errorf("eventlog: disclose: %w", err)
		}
		if found {
			if err := disclose(m, opened); err != nil {
				return err
			}
		}
	}
	return nil
}

// disclose takes in one disclosure and checks it. An erased one has left an empty message.
func disclose(m message, opened map[string]opening) error {
	if len(m.data) == 0 {
		return nil
	}
	digest, encoded := m.subject[len(disclosuresPrefix):], string(m.data)
	_, text, err := envelope.Disclose(digest, encoded)
	if err != nil {
		return err
	}
	opened[digest] = opening{encoded, text}
	return nil
}
