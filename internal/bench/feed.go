package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"thidua/eventlog"
)

// fedEvents is about how many events are read in one measurement, if need be by reading the log several times; of a quick run, a third.
const fedEvents = 200_000

// feed compares how fast `up` gives its log over HTTP, as NDJSON, with a plain consumer of the same log that has the NATS client's own way to it.
func feed(ctx context.Context, run *bench) ([]result, error) {
	n := &country{bench: run, data: filepath.Join(run.dir, "feed")}
	var err error
	if n.up, err = run.up(ctx, n.data); err != nil {
		return nil, err
	}
	defer func() { _ = n.up.stop() }()
	folders, err := openSeasons(ctx, filepath.Join(run.dir, "fed"), run.scaled(60))
	if err != nil {
		return nil, err
	}
	if err := command(ctx, run.binary, append([]string{"import", "--data-dir", n.data}, folders...)...); err != nil {
		return nil, err
	}
	if err := n.caughtUp(ctx); err != nil {
		return nil, err
	}
	token, err := exec.CommandContext(ctx, run.binary, "token", "add", "bench", "--data-dir", n.data).Output()
	if err != nil {
		return nil, err
	}
	enough := uint64(fedEvents)
	if run.quick {
		enough /= 3
	}
	var ours, plain, peaks []float64
	for range run.rounds() {
		rate, err := eventRate(enough, func() (uint64, error) { return n.overHTTP(ctx, strings.TrimSpace(string(token))) })
		if err != nil {
			return nil, err
		}
		ours, peaks = append(ours, rate), append(peaks, n.up.peak())
		if rate, err = eventRate(enough, func() (uint64, error) { return n.overNATS(ctx) }); err != nil {
			return nil, err
		}
		plain = append(plain, rate)
	}
	results := []result{atLeast("feed over HTTP, NDJSON", ours, plain, 100_000)}
	if !run.quick {
		results = append(results, atMost("growth of up by being read, over five rounds", "MB", []float64{peaks[len(peaks)-1] - peaks[0]}, 64))
	}
	return results, nil
}

// eventRate reads the log again and again, until that is enough events to judge by, and returns how many they are a second.
func eventRate(enough uint64, read func() (uint64, error)) (float64, error) {
	var events uint64
	took, err := seconds(func() error {
		for events < enough {
			n, err := read()
			if err == nil && n == 0 {
				err = errors.New("nothing was read")
			}
			if err != nil {
				return err
			}
			events += n
		}
		return nil
	})
	return float64(events) / took, err
}

// overHTTP reads the whole feed of the `up`, and counts its lines.
func (n *country) overHTTP(ctx context.Context, token string) (events uint64, err error) {
	at, err := n.announced()
	if err != nil {
		return 0, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+at.HTTP+"/api/v1/events", nil)
	if err != nil {
		return 0, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("the feed answers %s", answer.Status)
	}
	lines := bufio.NewReaderSize(answer.Body, 256<<10)
	for {
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			return events, nil
		}
		if err != nil {
			return events, err
		}
		_, _ = io.Discard.Write(line)
		events++
	}
}

// overNATS reads the whole log of the `up` as any program would, and writes it nowhere.
func (n *country) overNATS(ctx context.Context) (events uint64, err error) {
	at, err := n.announced()
	if err != nil {
		return 0, err
	}
	nc, err := nats.Connect(at.NATS, nats.Token(at.Token))
	if err != nil {
		return 0, err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return 0, err
	}
	stream, err := js.Stream(ctx, eventlog.StreamName)
	if err != nil {
		return 0, err
	}
	consumer, err := js.OrderedConsumer(ctx, eventlog.StreamName, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return 0, err
	}
	messages, err := consumer.Messages()
	if err != nil {
		return 0, err
	}
	defer messages.Stop()
	out := bufio.NewWriterSize(io.Discard, 64<<10)
	for end := stream.CachedInfo().State.LastSeq; events < end; events++ {
		m, err := messages.Next()
		if err != nil {
			return events, err
		}
		_, _ = out.Write(m.Data())
		_ = out.WriteByte('\n')
	}
	return events, out.Flush()
}

// announcement is what a running `up` leaves for other commands.
type announcement struct{ NATS, Token, Database, HTTP string }

func (n *country) announced() (at announcement, err error) {
	content, err := os.ReadFile(filepath.Join(n.data, "server.json"))
	if err == nil {
		err = json.Unmarshal(content, &at)
	}
	return at, err
}
