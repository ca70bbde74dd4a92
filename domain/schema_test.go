package domain_test

import (
	"strings"
	"testing"
	"time"

	"thidua/contract"
	"thidua/domain"
	written "thidua/eventlog/envelope"
)

// What the year's commands put on the log is of the form that the contract promises.
func TestYearIsOfTheContract(t *testing.T) {
	promised, err := contract.New()
	if err != nil {
		t.Fatal(err)
	}
	codec, command := written.New(), "6f9619ff-8b86-8d01-b42d-00cf4fc964ff"
	for _, c := range changes(t, year()) {
		r := domain.Recorded{
			Change: c, ID: command + ".1", Source: "thidua.example.vn/log", Actor: "system:test", RecordedTime: time.Date(2019, 12, 7, 1, 2, 3, 0, time.UTC),
			CommandID: command, CommandDigest: strings.Repeat("0", 64), StreamVersion: 1,
		}
		if c.Stream.Season != "" {
			r.SeasonVersion = 1
		}
		payload, err := codec.Encode(r)
		if err != nil {
			t.Fatal(err)
		}
		if fault := promised.Check(payload); fault != nil {
			t.Errorf("%s %s: %s", c.Event.Words(), fault.Pointer, fault.Text.EN)
		}
	}
}
