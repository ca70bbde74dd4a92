package main_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// reader is a team's program that reads a season over HTTP, keeps to the rule of docs/events.md for imports, and remembers all of this together.
type reader struct {
	last    string // id of the last event that it has taken
	open    string // digest of the bundle that is being taken in, "" for none
	events  int    // that it has
	shown   []int  // how many it had, each time that it showed figures anew
	address string
	token   string
}

// take takes an event in.
func (r *reader) take(data string) error {
	var e struct {
		Type string
		Data struct {
			Bundle string `json:"bundle_sha256"`
		}
	}
	if err := json.Unmarshal([]byte(data), &e); err != nil {
		return err
	}
	r.events++
	switch e.Type {
	case "vn.thidua.import.started.v1":
		r.open = e.Data.Bundle
	case "vn.thidua.import.completed.v1":
		if r.open == e.Data.Bundle {
			r.open = ""
		}
	}
	if r.open == "" && e.Type == "vn.thidua.import.completed.v1" {
		r.shown = append(r.shown, r.events)
	}
	return nil
}

// read takes so many events, or all up to one of a type, whichever comes first.
func (r *reader) read(ctx context.Context, season string, most int, until string) error {
	ctx, cut := context.WithCancel(ctx)
	defer cut()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.address+"/api/v1/events?season="+season, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+r.token)
	request.Header.Set("Accept", "text/event-stream")
	request.Header.Set("Last-Event-ID", r.last)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the feed answers %s", answer.Status)
	}
	lines, id := bufio.NewScanner(answer.Body), r.last
	for most > 0 && lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		if name == "id" {
			id = value
		}
		if name != "data" {
			continue
		}
		if err := r.take(value); err != nil {
			return err
		}
		r.last = id
		if most--; strings.Contains(value, until) {
			return nil
		}
	}
	return lines.Err()
}

// Whoever keeps to the rule never shows half of an import: not while it runs, not when it was killed, and not when it is run again; nor does a line that breaks let
// an event be counted twice or left out.
func TestFeedNeverShowsHalfOfAnImport(t *testing.T) {
	up := start(t)
	took := up.timed(t, "import", up.season(t, "timed"))
	r := &reader{last: "0", address: up.announced(t).HTTP, token: strings.TrimSpace(up.output(t, "token", "add", "team"))}
	papers := up.season(t, "first-2019")
	for range 4 {
		up.killed(t, rand.N(took), "import", papers)
		ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
		_ = r.read(ctx, "first-2019", 1+rand.N(200), "nothing") // the line breaks here or there
		stop()
	}
	up.answer(t, nil, "import", papers)
	for r.open != "" || r.events == 0 || len(r.shown) == 0 {
		if err := r.read(t.Context(), "first-2019", 1+rand.N(300), "import.completed"); err != nil {
			t.Fatal(err)
		}
	}
	want := strings.Count(up.output(t, "events", "export", "--season", "first-2019"), "\n")
	if diff := cmp.Diff([]int{want}, r.shown); diff != "" || want == 0 {
		t.Errorf("events that it had when it showed figures, of an import that was killed (-want +got):\n%s", diff)
	}
	if started := strings.Count(up.output(t, "events", "export", "--season", "first-2019", "--type", "import.started"), "\n"); started == 0 {
		t.Error("the import says nowhere that it has begun")
	}
}
