package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"thidua/domain"
	"thidua/eventlog"
)

// Who follows gets what is recorded later, and where the process is told to stop a whole answer with the cursor.
func TestEventsFollow(t *testing.T) {
	t.Parallel()
	f := openLog(t)
	ending, end := context.WithCancel(t.Context())
	f.served.Ending = ending
	f.register(t, "cao-bang")
	f.serve(t)
	response := f.get(t, t.Context(), "?follow=true&season="+season)
	lines := response.body
	for i := range 3 {
		f.register(t, fmt.Sprintf("unit-%d", i))
		f.report(t, "cao-bang", strconv.Itoa(i))
		if got, err := lines.ReadString('\n'); err != nil || !strings.Contains(got, fmt.Sprintf(`"value":"%d"`, i)) {
			t.Errorf("%q, %v", got, err)
		}
	}
	end()
	if rest, err := io.ReadAll(lines); err != nil || len(rest) > 0 || response.trailer.Get("Thidua-Cursor") != "7" {
		t.Errorf("the answer ends with %q, %v, %v", rest, err, response.trailer)
	}
}

// A pushed stream says that it lives, and moves the cursor over what is not wanted, so that who comes back does not pass over all of it again.
func TestEventsHeartbeat(t *testing.T) {
	t.Parallel()
	f := openLog(t)
	f.served.Heartbeat = 10 * time.Millisecond
	f.register(t, "cao-bang")
	f.serve(t)
	lines := f.get(t, t.Context(), "?season="+season, pushed).body
	marked := func(want string) {
		t.Helper()
		for {
			got, err := nextPush(lines)
			if err != nil || got.data != "" {
				t.Fatalf("%+v, %v, want the mark %s", got, err, want)
			}
			if got.id == want {
				return
			}
		}
	}
	marked("1")
	f.register(t, "ha-giang")
	marked("2")
	f.report(t, "cao-bang", "1")
	last := ""
	if got, err := nextEvent(lines, &last); err != nil || got.id != "3" {
		t.Errorf("%+v, %v, want the event at 3", got, err)
	}
}

// A reader whose line breaks again and again, and whose server is started again, and who goes on with the last id that he has got, has each event once and in order.
func TestEventsAcrossRestarts(t *testing.T) {
	t.Parallel()
	f := openLog(t)
	for range 9 {
		f.report(t, "cao-bang", slices.Repeat([]string{"1"}, 99)...)
		f.register(t, "ha-giang")
	}
	stop := f.serve(t)
	var got strings.Builder
	last, chance := "0", rand.New(rand.NewPCG(1, 2))
	for round := 0; last != "900"; round++ {
		if round%5 == 4 {
			stop()
			stop = f.serve(t)
		}
		ctx, cut := context.WithCancel(t.Context())
		lines := f.get(t, ctx, "?season="+season, pushed, "Last-Event-ID: "+last).body
		for range chance.IntN(100) {
			e, err := nextEvent(lines, &last)
			if err != nil {
				t.Fatal(err)
			}
			got.WriteString(e.data + "\n")
			if last == "899" { // the last event of the season
				last = "900"
				break
			}
		}
		cut()
	}
	if diff := cmp.Diff(f.lines(t, 0, func(r domain.Recorded) bool { return r.Stream.Season == season }), got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Who does not read what he was sent is cut off, and his place is free again; so is the place of who goes away.
func TestEventsSlowReader(t *testing.T) {
	t.Parallel()
	f := openLog(t)
	f.served.Patience, f.served.Streams = 100*time.Millisecond, 2
	for range 20 {
		f.report(t, "cao-bang", slices.Repeat([]string{strings.Repeat("1", 60_000)}, 16)...) // 19 MB, more than the buffers of a line take
	}
	f.serve(t)
	slow := f.get(t, t.Context(), "")
	ctx, leave := context.WithCancel(t.Context())
	f.get(t, ctx, "?since=320&follow=true")
	if third := f.get(t, t.Context(), ""); third.status != http.StatusTooManyRequests || third.header.Get("Retry-After") == "" {
		t.Errorf("a third stream: %d %v", third.status, third.header)
	}
	leave()
	for _, query := range []string{"?since=320&follow=true", "?since=320&follow=true"} { // first the place of who left, then that of who was cut off
		for f.get(t, t.Context(), query).status != http.StatusOK {
			<-time.After(5 * time.Millisecond)
		}
	}
	if n, err := io.Copy(io.Discard, slow.body); !errors.Is(err, io.ErrUnexpectedEOF) || n == 0 {
		t.Errorf("the slow reader has %d bytes, and then %v, want that his answer has no end", n, err)
	}
}

// A token that is taken back ends what is read with it.
func TestEventsRevoked(t *testing.T) {
	t.Parallel()
	f := openLog(t)
	f.served.Heartbeat = 10 * time.Millisecond
	admit, revoke := revocable()
	f.served.Admit = admit
	f.register(t, "cao-bang")
	f.serve(t)
	following := f.get(t, t.Context(), "?since=1&follow=true")
	lines := f.get(t, t.Context(), "", pushed).body
	last := ""
	if got, err := nextEvent(lines, &last); err != nil || got.id != "1" {
		t.Fatalf("%+v, %v", got, err)
	}
	revoke()
	if got, err := nextEvent(lines, &last); err != nil || got.event != "problem" || !strings.Contains(got.data, "thidua token add") {
		t.Errorf("the pushed stream ends with %+v, %v", got, err)
	}
	if rest, err := io.ReadAll(following.body); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the lines end with %q, %v", rest, err)
	}
	if again := f.get(t, t.Context(), ""); again.status != http.StatusUnauthorized {
		t.Errorf("again: %d", again.status)
	}
}

// What is no event ends every stream, when all before it was given: nothing is passed over. A hole at the beginning is told at once.
func TestEventsOfADamagedLog(t *testing.T) {
	t.Parallel()
	f := openLog(t)
	f.report(t, "cao-bang", "1")
	nc, err := f.nats.Connect()
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.PublishMsg(t.Context(), &nats.Msg{Subject: "emulation.x", Data: []byte("stray")}); err != nil {
		t.Fatal(err)
	}
	f.report(t, "ha-giang", "2")
	f.serve(t)

	lines, last := f.get(t, t.Context(), "", pushed).body, ""
	if got, err := nextEvent(lines, &last); err != nil || got.id != "1" {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := nextEvent(lines, &last); err != nil || got.event != "problem" || !strings.Contains(got.data, "position 2") {
		t.Errorf("the pushed stream ends with %+v, %v", got, err)
	}
	if got, err := io.ReadAll(f.get(t, t.Context(), "").body); !errors.Is(err, io.ErrUnexpectedEOF) || strings.Count(string(got), "\n") != 1 {
		t.Errorf("the lines end with %q, %v", got, err)
	}
	if from := f.get(t, t.Context(), "?since=1"); from.status != http.StatusServiceUnavailable || !strings.Contains(from.whole(t), "position 2") {
		t.Errorf("from there on: %d", from.status)
	}

	stream, err := js.Stream(t.Context(), eventlog.StreamName)
	if err != nil {
		t.Fatal(err)
	}
	config := stream.CachedInfo().Config
	config.MaxMsgs, config.Discard = 1, jetstream.DiscardOld
	if _, err := js.UpdateStream(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	if from := f.get(t, t.Context(), ""); from.status != http.StatusServiceUnavailable || !strings.Contains(from.whole(t), "damaged or has lost events") {
		t.Errorf("with a hole: %d", from.status)
	}
}
