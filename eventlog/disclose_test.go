package eventlog_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
)

// Many disclosures are read in the order in which they are stored, few are looked up; however they lie, both give the same.
func TestManyDisclosures(t *testing.T) {
	server := testenv.NATS(t)
	l := openOn(t, server)
	bucket, err := streams(t, connect(t, server)).KeyValue(t.Context(), "DISCLOSURES")
	if err != nil {
		t.Fatal(err)
	}
	all, shuffled := notes(t, l, 900), rand.New(rand.NewPCG(1, 2))
	for _, d := range all {
		if _, err := bucket.Put(t.Context(), d.Digest, []byte(d.Encoded)); err != nil {
			t.Fatal(err)
		}
	}
	for i := 0; i < len(all); i += 17 { // some come twice, some are erased
		if _, err := bucket.Put(t.Context(), all[i].Digest, []byte(all[i].Encoded)); err != nil {
			t.Fatal(err)
		}
		if err := bucket.Purge(t.Context(), all[(i+5)%len(all)].Digest); err != nil {
			t.Fatal(err)
		}
	}
	for name, asked := range map[string]func(i int) bool{
		"all":                  func(int) bool { return true },
		"a stretch":            func(i int) bool { return i > 300 && i < 500 },
		"every third":          func(i int) bool { return i%3 == 0 },
		"far between":          func(i int) bool { return i%12 == 0 },
		"the ends":             func(i int) bool { return i < 50 || i > 850 },
		"those erased, mostly": func(i int) bool { return i%17 == 5 || i < 40 },
	} {
		t.Run(name, func(t *testing.T) {
			var digests []string
			for i, d := range all {
				if asked(i) {
					digests = append(digests, d.Digest)
				}
			}
			shuffled.Shuffle(len(digests), func(i, j int) { digests[i], digests[j] = digests[j], digests[i] })
			got, err := l.Disclose(t.Context(), digests)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(oneByOne(t, l, digests), got); diff != "" || len(digests) < 64 {
				t.Errorf("%d texts (-want +got):\n%s", len(digests), diff)
			}
		})
	}
}

// notes are so many disclosures, none of them stored.
func notes(t *testing.T, l *eventlog.Log, count int) (all []domain.Disclosure) {
	t.Helper()
	for i := range count {
		_, d, err := l.Seal("note", fmt.Sprint("ghi chú ", i))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	return all
}

// oneByOne looks disclosures up.
func oneByOne(t *testing.T, l *eventlog.Log, digests []string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, digest := range digests {
		texts, err := l.Disclose(t.Context(), []string{digest})
		if err != nil {
			t.Fatal(err)
		}
		maps.Copy(all, texts)
	}
	return all
}
