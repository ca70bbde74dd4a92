package web_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
)

// answered is what matters of an answer.
type answered struct {
	Status                   int
	Type, End, Cursor, Epoch string
}

func answerOf(r given) answered {
	return answered{r.status, r.header.Get("Content-Type"), r.header.Get("Thidua-End"), r.trailer.Get("Thidua-Cursor"), r.header.Get("Thidua-Epoch")}
}

const ndjson = "application/x-ndjson; charset=utf-8"

// The feed gives the very bytes of the log, in its order, what is wanted of it, and a cursor that has passed over what is not.
func TestEventsAreTheLogs(t *testing.T) {
	t.Parallel()
	f := openLog(t)
	f.register(t, "cao-bang")
	f.report(t, "cao-bang", "1", "2", "3")
	f.register(t, "ha-giang")
	f.report(t, "ha-giang", "4")
	f.register(t, "lang-son")
	f.serve(t)
	ofSeason := func(r domain.Recorded) bool { return r.Stream.Season == season }
	for _, test := range []struct {
		query  string
		want   string
		cursor string
	}{
		{"", f.lines(t, 0, every), "7"},
		{"?since=0&follow=false", f.lines(t, 0, every), "7"},
		{"?since=3", f.lines(t, 3, every), "7"},
		{"?since=7", "", "7"},
		{"?season=" + season, f.lines(t, 0, ofSeason), "7"},
		{"?season=_", f.lines(t, 0, func(r domain.Recorded) bool { return !ofSeason(r) }), "7"},
		{"?season=elsewhere-2020", "", "7"},
		{"?type=unit.registered&type=vn.thidua.award.granted.v1", f.lines(t, 0, func(r domain.Recorded) bool { return !ofSeason(r) }), "7"},
		{"?limit=2&since=1", f.lines(t, 1, func(r domain.Recorded) bool { return r.Position < 4 }), "3"},
		{"?limit=1&season=_&since=1", f.lines(t, 4, func(r domain.Recorded) bool { return r.Position == 5 }), "5"},
		{"?limit=4&season=_", f.lines(t, 0, func(r domain.Recorded) bool { return !ofSeason(r) }), "7"},
	} {
		response := f.get(t, t.Context(), test.query)
		if diff := cmp.Diff(test.want, response.whole(t)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.query, diff)
		}
		if diff := cmp.Diff(answered{200, ndjson, "7", test.cursor, f.log.Epoch()}, answerOf(response)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.query, diff)
		}
	}
}

// Pushed events are the same, each with its position.
func TestEventsArePushed(t *testing.T) {
	t.Parallel()
	f := openLog(t)
	f.report(t, "cao-bang", "1", "2")
	f.register(t, "ha-giang")
	f.serve(t)
	want := strings.Split(f.lines(t, 0, every), "\n")
	response := f.get(t, t.Context(), "?since=2", pushed, "Last-Event-ID: 1")
	if response.header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("the answer is %v", response.header)
	}
	lines, last := response.body, ""
	for _, position := range []int{2, 3} { // what the reader has counts more than what the address says, which stays the same
		got, err := nextEvent(lines, &last)
		if diff := cmp.Diff(push{strconv.Itoa(position), "", want[position-1]}, got, cmp.AllowUnexported(push{})); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
}

// A reader who takes a page at a time gets each event once.
func TestEventsByPages(t *testing.T) {
	t.Parallel()
	f := openLog(t)
	for range 8 {
		f.report(t, "cao-bang", slices.Repeat([]string{"1"}, 19)...)
		f.register(t, "ha-giang")
	}
	f.serve(t)
	ofSeason := func(r domain.Recorded) bool { return r.Stream.Season == season }
	var got strings.Builder
	for cursor := "0"; cursor != "160"; {
		response := f.get(t, t.Context(), "?limit=7&season="+season+"&since="+cursor)
		got.WriteString(response.whole(t))
		cursor = response.trailer.Get("Thidua-Cursor")
	}
	if diff := cmp.Diff(f.lines(t, 0, ofSeason), got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Who may not, or asks for what there can't be, is told so before anything is given.
func TestEventsRefused(t *testing.T) {
	t.Parallel()
	f := openLog(t)
	f.register(t, "cao-bang")
	f.serve(t)
	for _, test := range []struct {
		query, header string
		status        int
		says          string
	}{
		{"", "Authorization: ", 401, "thidua token add"},
		{"", "Authorization: Bearer ", 401, "thidua token add"},
		{"", "Authorization: Bearer another token", 401, "thidua token add"},
		{"", "Authorization: Basic " + eventsToken, 401, "thidua token add"},
		{"?since=x", "Authorization: Bearer another token", 401, "thidua token add"},
		{"?token=" + "secret", "", 400, "must not stand in an address"},
		{"?access_token=secret", "Authorization: ", 400, "must not stand in an address"},
		{"?from=3", "", 400, `there is no parameter \"from\"; there are: since, limit, season, type, follow`},
		{"?since=-1", "", 400, "since is a whole number from 0 to"},
		{"?since=007", "", 400, "since is a whole number from 0 to"},
		{"?since=99999999999999999999", "", 400, "since is a whole number from 0 to"},
		{"?since=1&since=2", "", 400, "since can be given only once"},
		{"?limit=0", "", 400, "limit is a whole number from 1 to"},
		{"?follow=yes", "", 400, "follow is true or false"},
		{"?follow=false", pushed, 400, "follow is true or false"},
		{"?season=../x", "", 400, "no season's id"},
		{"?type=indicator.invented", "", 400, "no event type of the contract"},
		{"?type=" + strings.Repeat("unit.registered&type=", 60) + "unit.registered", "", 400, "more than 50 types"},
		{"?season=" + strings.Repeat("x", 5000), "", 400, "parameters of the address can't be read"},
		{"?season=%zz", "", 400, "parameters of the address can't be read"},
		{"?since=2", "", 409, "not at the position that you have"},
	} {
		response := f.get(t, t.Context(), test.query, test.header)
		body := response.whole(t)
		if response.status != test.status || !strings.Contains(body, test.says) || response.header.Get("Content-Type") != problemType {
			t.Errorf("%s %s: %d %s, want %d and %q", test.query, test.header, response.status, body, test.status, test.says)
		}
		if (response.header.Get("WWW-Authenticate") != "") != (test.status == 401) || strings.Contains(body, "secret") {
			t.Errorf("%s: %v %s", test.query, response.header, body)
		}
	}
}

// Who asks for the head alone is told where the log ends.
func TestEventsHead(t *testing.T) {
	t.Parallel()
	f := openLog(t)
	f.register(t, "cao-bang")
	f.serve(t)
	head, err := http.NewRequest(http.MethodHead, f.url+eventsPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	head.Header.Set("Authorization", "Bearer "+eventsToken)
	response, err := http.DefaultClient.Do(head)
	if err != nil {
		t.Fatal(err)
	}
	if _ = response.Body.Close(); response.StatusCode != http.StatusOK || response.Header.Get("Thidua-End") != "1" {
		t.Errorf("HEAD: %d %v", response.StatusCode, response.Header)
	}
}
