package domain_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"thidua/domain"
)

// year is the whole season, from its units to its awards.
func year() story {
	return final().and(
		domain.RegisterPerson{Ref: "p-1", PersonRegistered: domain.PersonRegistered{Account: text("lan"), Name: text("Nguyễn Thị Lan")}},
		tally("flag", "alpha", "2", "1", "3"), tally("title", "gamma", "9", "0", "9"),
		grant("flag", "alpha"), grant("merit", "beta"), grant("title", "gamma"),
		hold("alpha", "2019-12-21", ""), lift("alpha", "2019-12-24T09:00:00+07:00"),
		domain.StartImport{Season: season, At: instant("2019-12-28T09:00:00+07:00"), ImportStarted: domain.ImportStarted{BundleSHA256: "b1", Rows: 1}},
		domain.CompleteImport{Season: season, At: instant("2019-12-28T09:00:05+07:00"), ImportCompleted: domain.ImportCompleted{BundleSHA256: "b1", Rows: 1}},
		person("alpha"), registerKey("alpha"), confirmKey("alpha"), revokeKey("alpha", "2020-01-01T00:00:00+07:00"),
		domain.AddSignature{Season: season, At: instant(decidedAt), SignatureAdded: domain.SignatureAdded{
			Position: 12, Signer: "p-alpha", Role: text("Chủ tịch"), Evidence: []domain.Evidence{{SHA256: domain.Digest("p7s"), Size: 1700, MediaType: "application/pkcs7-signature", Name: text("giao-uoc.p7s")}},
		}},
	)
}

// changes are all that a story's commands put on the log.
func changes(t *testing.T, s story) []domain.Change {
	t.Helper()
	var all []domain.Change
	for _, r := range onRecord(t, s).events {
		all = append(all, r.Change)
	}
	return all
}

// The world is a fold: in whatever portions the same events are applied, and whether as changes or as events of the log, the same world
// comes of them. The events may come in any order: a fold does not judge.
func TestWorldIsAFold(t *testing.T) {
	of := changes(t, year())
	rapid.Check(t, func(t *rapid.T) {
		events := rapid.Permutation(of).Draw(t, "events")
		whole := domain.NewWorld(season, clock)
		whole.Apply(events)

		portions := domain.NewWorld(season, clock)
		for rest := events; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "portion")
			portions.Apply(rest[:n])
			rest = rest[n:]
		}
		if diff := cmp.Diff(whole, portions, exact()...); diff != "" {
			t.Fatalf("in portions (-whole +portions):\n%s", diff)
		}
		l := &record{}
		for _, c := range events {
			l.add(domain.Recorded{Change: c})
		}
		if diff := cmp.Diff(whole, l.world(), exact()...); diff != "" {
			t.Fatalf("from the log (-applied +evolved):\n%s", diff)
		}
	})
}

// Versions count a stream's events and a season's; what belongs to no season, or to another, counts for none.
func TestVersions(t *testing.T) {
	l := onRecord(t, signed())
	w := l.world()
	for stream, want := range map[domain.Stream]uint64{
		domain.SeasonStream(season): 6, domain.UnitStream("alpha"): 1, domain.PledgeStream(season, "alpha"): 2, domain.ReportStream(season, "alpha", "Q1"): 0,
	} {
		if got := w.Version(stream); got != want {
			t.Errorf("%s has version %d, want %d", stream, got, want)
		}
	}
	if w.SeasonVersion() != 12 || w.Position() != 15 {
		t.Errorf("season version %d at position %d, want 12 at 15", w.SeasonVersion(), w.Position())
	}

	other := register("delta", "")
	w.Apply(other.Changes(w))
	w.Evolve(domain.Recorded{
		Change: domain.Change{Stream: domain.SeasonStream("south-2019"), Event: &domain.SeasonOpened{RulesetSHA256: "x"}}, Position: 17, StreamVersion: 9, SeasonVersion: 40,
	})
	if w.SeasonVersion() != 12 || w.Position() != 17 || w.Version(domain.SeasonStream("south-2019")) != 0 || w.Season.RulesetSHA256 == "x" {
		t.Errorf("after another season's event: season version %d at position %d", w.SeasonVersion(), w.Position())
	}
}

// Streams may be folded one after the other, so that positions go back: the world is as if they had come in the order of the log.
func TestStreamAfterStream(t *testing.T) {
	l := onRecord(t, signed())
	byStream := slices.Clone(l.events)
	slices.SortStableFunc(byStream, func(a, b domain.Recorded) int {
		return strings.Compare(a.Stream.String(), b.Stream.String())
	})
	w := domain.NewWorld(season, clock)
	for _, r := range byStream {
		w.Evolve(r)
	}
	if diff := cmp.Diff(l.world(), w, exact()...); diff != "" {
		t.Errorf("stream after stream (-log +streams):\n%s", diff)
	}
}

// What a world does not hold is empty, not absent, and asking for it does not make it.
func TestEmptyWorld(t *testing.T) {
	w := domain.NewWorld(season, clock)
	if p := w.Pledge("alpha"); len(p.Targets) > 0 || !p.Applicable("N") {
		t.Errorf("pledge %+v", p)
	}
	if r := w.Report("alpha", "Q1"); r.Cell("N") != nil || r.Deadline() != "" {
		t.Errorf("report %+v", r)
	}
	if c := w.Conduct("alpha"); c.Held("2019-12-01", w.Season.Zone()) != nil {
		t.Errorf("conduct %+v", c)
	}
	if b := w.Awards.Ballot("flag", "alpha"); b != nil {
		t.Errorf("ballot %+v", b)
	}
	s := w.Season
	if s.Member("alpha") || s.Period("Q1") != nil || s.Award("flag") != nil || s.Ruleset().Criterion("N") != nil || s.Zone().String() != "UTC" {
		t.Errorf("season %+v", s)
	}
	if diff := cmp.Diff(domain.NewWorld(season, clock), w, exact()...); diff != "" {
		t.Errorf("asking changed the world:\n%s", diff)
	}
}

// An event's data fits into the log's limit, or is refused.
func TestEventSize(t *testing.T) {
	many := func(n int) domain.Command {
		c := targets("alpha")
		for range n {
			c.Targets = append(c.Targets, domain.Target{Criterion: "N", Target: "1000000000"}) // 40 bytes with its comma
		}
		return c
	}
	sized := func(n int) bool {
		_, err := domain.Decide(given(draft()).world(t), many(n))
		var ps domain.Problems
		return errors.As(err, &ps) && slices.ContainsFunc(ps, func(p *domain.Problem) bool { return p.Rule == domain.RuleSize })
	}
	for n, want := range map[int]bool{1500: false, 1640: true} {
		if got := sized(n); got != want {
			t.Errorf("%d targets are too large: %t", n, got)
		}
	}
}
