package projections_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lib/pq"

	"thidua/domain"
	"thidua/projections"
)

func TestSeasons(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	j.add(domain.SeasonStream("half"), &domain.ImportStarted{BundleSHA256: "h"})
	j.draft("open", "UTC")
	j.add(domain.SeasonStream("small-2019"), &domain.RankingFinalised{T: j.at(0), RulesetSHA256: "r", ResultSHA256: "s"})
	db, all := database(t, j)
	p := named(t, all, "seasons")
	c := claim(t, db, p)
	for i := range j.events { // a row is folded on from where it is
		if err := projections.Project(t.Context(), db, p, p.New(), c, j.events[i:i+1]); err != nil {
			t.Fatal(err)
		}
	}
	got, err := projections.Seasons(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	drafted := projections.Season{
		Cluster: "northern-border", Year: 2019, Title: domain.Names{VI: "Giao ước thi đua 2019", EN: "Covenant 2019"},
		Head: "son-la", Deputy: "lao-cai", Members: members,
	}
	open, small := drafted, drafted
	position := domain.Position(len(j.events))
	open.ID, open.State, open.Timezone, open.Events, open.Position = "open", "open", "UTC", j.seasons["open"], position-1
	open.RulesetSHA256 = j.world("open").Season.RulesetSHA256
	small.ID, small.State, small.Timezone, small.Events, small.Position = "small-2019", "finalised", "Asia/Ho_Chi_Minh", j.seasons["small-2019"], position
	small.RulesetSHA256, small.FinalisedAt = open.RulesetSHA256, j.at(0).String()
	want := []projections.Season{{ID: "half", State: "importing", Members: pq.StringArray{}, Events: 1, Position: position - 7}, open, small}
	slices.SortFunc(got, func(a, b projections.Season) int { return strings.Compare(a.ID, b.ID) })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("seasons (-want +got):\n%s", diff)
	}
}

func TestSeasonIsImportingUntilThatImportIsComplete(t *testing.T) {
	t.Parallel()
	j := newJournal()
	stream := domain.SeasonStream("half")
	j.add(stream, &domain.ImportStarted{BundleSHA256: "b"})
	j.add(stream, &domain.ImportCompleted{BundleSHA256: "another"})
	j.add(stream, &domain.ImportCompleted{BundleSHA256: "b"})
	db, all := database(t, j)
	p := named(t, all, "seasons")
	c := claim(t, db, p)
	for i, want := range []string{"importing", "importing", "drafted"} {
		if err := projections.Project(t.Context(), db, p, p.New(), c, j.events[i:i+1]); err != nil {
			t.Fatal(err)
		}
		seasons, err := projections.Seasons(t.Context(), db)
		if err != nil || len(seasons) != 1 || seasons[0].State != want {
			t.Errorf("after event %d the seasons are %+v, %v, want one that is %q", i+1, seasons, err, want)
		}
	}
}
