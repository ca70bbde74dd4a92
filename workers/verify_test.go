package workers_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"thidua/domain"
	"thidua/workers"
)

// Verify judges a log that is written to and projected meanwhile.
func TestVerifyUnderTraffic(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.settled(t)
	stop := b.run(t, b.config("live"))
	ctx, enough := context.WithCancel(t.Context())
	var traffic errgroup.Group
	traffic.Go(func() error {
		for i := 0; ctx.Err() == nil; i++ {
			b.register(t, fmt.Sprint("traffic-", i))
		}
		return nil
	})
	for range 3 {
		b.sound(t)
	}
	enough()
	if err := traffic.Wait(); err != nil {
		t.Error(err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	var left int
	if err := b.db.GetContext(t.Context(), &left, "SELECT count(*) FROM pg_namespace WHERE nspname LIKE '%\\_verify'"); err != nil || left != 0 {
		t.Errorf("verify leaves %d schemas behind, %v", left, err)
	}
}

// A final ranking that does not follow from the record is found, whether the seasons were folded on the way or are read once more.
func TestVerifyRecomputesFinalRankings(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	last, err := b.log.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.settled(t)
	wrong := &domain.RankingFinalised{T: domain.InstantOf(now()), Position: last, SeasonVersion: 1, RulesetSHA256: "r", ResultSHA256: "s"}
	for _, id := range []string{"other-2020", "another-2021"} {
		a := domain.Append{
			Issue:   domain.Issue{ID: b.log.CommandID("test", id), Digest: domain.Digest(id), Actor: "system:test"},
			Changes: []domain.Change{{Stream: domain.SeasonStream(id), Time: domain.InstantOf(now()), Event: wrong}},
		}
		if _, err := b.log.Append(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	b.settled(t)
	for _, test := range []struct {
		season string
		want   []string
	}{
		{"", []string{season + " true", "other-2020 false", "another-2021 false"}},
		{season, []string{season + " true"}},
		{"another-2021", []string{"another-2021 false"}},
	} {
		verdict, err := workers.Verify(t.Context(), b.config("verifier"), test.season, quiet)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range verdict.Checks {
			if id, ok := strings.CutPrefix(c.Name, "final ranking "); ok {
				got = append(got, fmt.Sprint(id, " ", c.OK))
			} else if !c.OK {
				t.Errorf("%s: %s", c.Name, c.Detail)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("final rankings with season %q: %v, want %v", test.season, got, test.want)
		}
	}
}
