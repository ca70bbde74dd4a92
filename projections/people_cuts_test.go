package projections_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"thidua/domain"
	"thidua/projections"
)

// TestTextsDoNotHangOnParking compares two replays of one log of texts, erasures and discards: in one everything is taken when it comes, in the other
// some events are parked, and are discarded or taken later.
func TestTextsDoNotHangOnParking(t *testing.T) {
	t.Parallel()
	db, all := withOther(t)
	rapid.Check(t, func(rt *rapid.T) {
		empty(t, db, all)
		j := drawErasures(rt)
		sound := named(t, projections.All(j, j), "people")
		poison := map[domain.Position]bool{}
		for i, r := range j.events {
			if _, discards := r.Event.(*domain.EventDiscarded); !discards && rapid.IntRange(0, 3).Draw(rt, "poison") == 0 {
				poison[domain.Position(i+1)] = true
			}
		}
		tripping := projections.Tripping(sound, func(position domain.Position) bool { return poison[position] })
		projectInCuts(rt, t.Context(), db, tripping, sound.Schema(), j.events)
		if _, left, err := projections.Retry(t.Context(), db, sound); left != 0 || err != nil {
			rt.Fatalf("Retry leaves %d: %v", left, err)
		}
		projectInCuts(rt, t.Context(), db, sound, sound.Schema()+"_other", j.events)
		same(t, rt, db, sound)
	})
}

// drawErasures draws a journal of persons and texts, most of which are erased, some of them several times and by several streams. Any event may be
// discarded, but for discards.
func drawErasures(rt *rapid.T) *journal {
	j := newJournal()
	persons := rapid.SampledFrom([]string{"p-1", "p-2", "p-3"})
	var digests []string
	var open []domain.Position
	for range rapid.IntRange(5, 25).Draw(rt, "events") {
		switch rapid.SampledFrom([]string{"person", "text", "erase", "erase", "discard"}).Draw(rt, "kind") {
		case "person":
			j.registerPerson(fmt.Sprintf("p-%d", len(j.events)))
		case "text":
			stream := domain.ConductStream("s1", rapid.SampledFrom(members).Draw(rt, "unit"))
			j.add(stream, &domain.PointsAdjusted{Kind: domain.Bonus, Points: "1", By: "p-1", Reason: j.say("lý do")})
		case "erase":
			e := &domain.DisclosureErased{Basis: j.say("đơn"), By: "p-1", ApprovedBy: "p-2"}
			if len(digests) > 0 {
				e.Disclosures = rapid.SliceOfNDistinct(rapid.SampledFrom(digests), 1, -1, rapid.ID).Draw(rt, "erased")
			}
			j.add(domain.PersonStream(persons.Draw(rt, "whose")), e)
		case "discard":
			if len(open) > 0 {
				i := rapid.IntRange(0, len(open)-1).Draw(rt, "which")
				j.discard(open[i])
				open = append(open[:i], open[i+1:]...)
			}
			continue
		}
		open = append(open, domain.Position(len(j.events)))
		for _, d := range projections.Disclosables(j.events[len(j.events)-1].Event) {
			digests = append(digests, d.Digest)
		}
	}
	return j
}
