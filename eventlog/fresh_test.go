package eventlog_test

import (
	"testing"

	"thidua/eventlog"
	"thidua/internal/testenv"
)

// On three servers, of which any answers a read, nobody is told less than what was acknowledged before he asked.
func TestReadsAreFresh(t *testing.T) {
	cluster := testenv.NATSThree(t)
	logs := make([]*eventlog.Log, 3)
	for i := range logs {
		logs[i] = openReplicated(t, cluster.Connect(t, i))
	}
	change := report("cao-bang", "1")
	for version := range uint64(100) {
		a := expecting(change, version)
		position := mustAppend(t, logs[0], a)
		for _, l := range logs {
			stream, err := l.Stream(t.Context(), change.Stream)
			if err != nil {
				t.Fatal(err)
			}
			whole, err := l.Season(t.Context(), season, 0)
			if err != nil {
				t.Fatal(err)
			}
			if want := int(version) + 1; len(stream) != want || len(whole) != want {
				t.Fatalf("the stream is read with %d events and the season with %d, want %d", len(stream), len(whole), want)
			}
		}
		// The command sent again to another process is found where it is.
		if again := mustAppend(t, logs[1], a); again != position {
			t.Fatalf("sent again the append is at position %d, want %d", again, position)
		}
	}
}
