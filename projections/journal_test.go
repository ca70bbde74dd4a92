package projections_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"thidua/domain"
)

// journal is a log in memory: what is added to it gets the positions and versions that the log would give.
type journal struct {
	events   []domain.Recorded
	now      time.Time
	versions map[domain.Stream]uint64
	seasons  map[string]uint64
	texts    map[string]string
}

func newJournal() *journal {
	return &journal{
		now:      time.Date(2019, 1, 2, 3, 4, 5, 678e6, time.UTC),
		versions: map[domain.Stream]uint64{}, seasons: map[string]uint64{}, texts: map[string]string{},
	}
}

// pass lets time pass.
func (j *journal) pass(d time.Duration) { j.now = j.now.Add(d) }

// at is a moment some time from now, as written.
func (j *journal) at(d time.Duration) domain.Instant { return domain.InstantOf(j.now.Add(d)) }

// say makes a disclosable text.
func (j *journal) say(text string) *domain.Disclosable {
	d := &domain.Disclosable{Digest: fmt.Sprintf("digest-%d", len(j.texts))}
	j.texts[d.Digest] = text
	return d
}

// add records an event that happened now.
func (j *journal) add(s domain.Stream, e domain.Event) { j.addAt(s, j.at(0), e) }

func (j *journal) addAt(s domain.Stream, at domain.Instant, e domain.Event) {
	j.versions[s]++
	r := domain.Recorded{
		Change:       domain.Change{Stream: s, Time: at, Event: e},
		Position:     domain.Position(len(j.events) + 1),
		RecordedTime: j.now,
		Source:       "test/log", Actor: "system:test", Type: "vn.thidua.none.v1",
		StreamVersion: j.versions[s],
	}
	r.CommandID = fmt.Sprintf("00000000-0000-4000-8000-%012d", r.Position)
	r.ID = r.CommandID + ".1"
	if e != nil {
		r.Type = domain.Kind{Words: e.Words(), Version: 1}.Type()
	}
	if s.Season != "" {
		j.seasons[s.Season]++
		r.SeasonVersion = j.seasons[s.Season]
	}
	r.Payload, _ = json.Marshal(map[string]any{"id": r.ID, "type": r.Type, "data": e})
	j.events = append(j.events, r)
}

// stray puts something on the log that is no event, where a stream's events lie.
func (j *journal) stray(s domain.Stream) {
	r := domain.Recorded{Change: domain.Change{Stream: s}, Position: domain.Position(len(j.events) + 1), Fault: domain.ErrCorrupt}
	r.Payload = fmt.Appendf(nil, "stray %d \x00", r.Position)
	r.ID = fmt.Sprintf("sha256:%x", sha256.Sum256(r.Payload))
	j.events = append(j.events, r)
}

// discard discards the event at a position.
func (j *journal) discard(position domain.Position) {
	r := j.events[position-1]
	j.add(r.Stream, &domain.EventDiscarded{Position: position, ID: r.ID, SHA256: fmt.Sprintf("%x", sha256.Sum256(r.Payload)), Reason: j.say("hỏng")})
}

// Season is the domain.History of the journal.
func (j *journal) Season(_ context.Context, season string, upTo domain.Position) ([]domain.Recorded, error) {
	var wanted []string
	for _, r := range j.events {
		if draft, ok := r.Event.(*domain.SeasonDrafted); ok && r.Stream.Season == season {
			wanted = append(wanted, draft.Members...)
		}
	}
	var events []domain.Recorded
	for _, r := range j.events {
		if upTo > 0 && r.Position > upTo {
			break
		}
		if r.Stream.Season == season || r.Stream.Aggregate == domain.AggregateUnit && slices.Contains(wanted, r.Stream.Unit) {
			events = append(events, r)
		}
	}
	events = domain.Void(events)
	for _, r := range events {
		if r.Fault != nil && r.Stream.Season == season {
			return nil, domain.Unreadable(r.Position, r.Stream)
		}
	}
	return events, nil
}

// At is the event at a position.
func (j *journal) At(_ context.Context, position domain.Position) (domain.Recorded, error) {
	return j.events[position-1], nil
}

// Lying is a stream, or a season, as it lies.
func (j *journal) Lying(_ context.Context, s domain.Stream, upTo domain.Position) ([]domain.Recorded, error) {
	whole := s == domain.Stream{Season: s.Season}
	return domain.Void(slices.DeleteFunc(slices.Clone(j.events[:upTo]), func(r domain.Recorded) bool {
		return r.Stream != s && (!whole || r.Stream.Season != s.Season)
	})), nil
}

// Disclose is the erasable store of the journal.
func (j *journal) Disclose(_ context.Context, digests []string) (map[string]string, error) {
	found := map[string]string{}
	for _, d := range digests {
		if text, ok := j.texts[d]; ok {
			found[d] = text
		}
	}
	return found, nil
}

// world is the season as the whole journal tells it.
func (j *journal) world(season string) *domain.World {
	w := domain.NewWorld(season, j.now)
	for _, r := range domain.Void(j.events) {
		w.Evolve(r)
	}
	return w
}

// Units of all seasons here.
var members = []string{"son-la", "lai-chau", "lao-cai"}

func (j *journal) registerUnit(id string) {
	e := &domain.UnitRegistered{Name: domain.Names{VI: "Hội LHPN " + id}, Level: "province"}
	if strings.HasPrefix(id, "l") {
		e.Name.EN, e.Code = "Union of "+id, "12"
	}
	j.add(domain.UnitStream(id), e)
}

func (j *journal) registerPerson(ref string) {
	j.add(domain.PersonStream(ref), &domain.PersonRegistered{Account: j.say(ref + "@example.vn"), Name: j.say("Nguyễn Thị " + ref)})
}

// draft drafts a season of 2019 and opens it.
func (j *journal) draft(season, zone string) {
	draft := domain.DraftSeason{
		Season: season,
		Draft: domain.SeasonDrafted{
			Cluster: "northern-border", Year: "2019", Title: domain.Names{VI: "Giao ước thi đua 2019", EN: "Covenant 2019"},
			Timezone: zone, Members: members, Head: "son-la", Deputy: "lao-cai",
			Periods: []domain.Period{
				{ID: "Q1", From: "2019-01-01", To: "2019-03-31", Deadline: "2019-04-05", Lock: "2019-04-20"},
				{ID: "Q2", From: "2019-04-01", To: "2019-06-30", Deadline: "2019-07-05", Lock: "2019-07-20"},
			},
			Awards: []domain.Award{{
				ID: "flag", Title: domain.Names{VI: "Cờ thi đua"}, Limit: "1", MaxRank: "2", MinTier: "good",
				Ballot: &domain.BallotCondition{Body: domain.BodyCluster, AtLeastPercent: "50"},
			}},
			Rules: domain.Rules{
				Scale: "200", Rounding: domain.Rounding{Digits: "2"}, BonusCap: "20", Lateness: domain.Lateness{PerReport: "2", Max: "10"},
				TieBreak: []string{"fewer_penalty_points"},
				Tiers: []domain.Tier{
					{ID: "good", Name: domain.Names{VI: "Tốt", EN: "Good"}, MinTotal: "50"}, {ID: "fair", Name: domain.Names{VI: "Khá"}, MinTotal: "0"},
				},
			},
		},
		Criteria: []domain.CriterionDefined{
			{ID: "A1", Group: "A", Name: domain.Names{VI: "Xã"}, Measure: "commune", Kind: "number", Direction: "higher", OverTime: "latest", Points: "60", Formula: "absolute"},
			{ID: "A2", Group: "A", Name: domain.Names{VI: "Tỷ lệ"}, Kind: "ratio", Direction: "higher", OverTime: "sum", Points: "30", Formula: "relative", Cap: "1.3"},
			{
				ID: "A3", Group: "A", Name: domain.Names{VI: "Vụ"}, Kind: "number", Direction: "lower", OverTime: "sum", Points: "30", Formula: "steps",
				Steps: []domain.Step{{AtLeast: "1", Share: "1"}, {AtLeast: "0.5", Share: "0.4"}},
			},
			{ID: "B1", Group: "B", Name: domain.Names{VI: "Có"}, Kind: "yes_no", Direction: "higher", OverTime: "latest", Points: "10", Formula: "yes_no"},
		},
	}
	for _, c := range draft.Changes(nil) {
		j.add(c.Stream, c.Event)
	}
}

func (j *journal) setTargets(season, unit string, targets ...domain.Target) {
	j.add(domain.PledgeStream(season, unit), &domain.TargetsSet{Targets: targets})
}

func (j *journal) sign(season, unit string) {
	j.add(domain.PledgeStream(season, unit), &domain.PledgeSigned{
		Signer: "p-1", Role: j.say("Chủ tịch"), RulesetSHA256: "r", TargetsSHA256: "t", Signature: domain.PaperSignature,
	})
}

func (j *journal) report(season, unit, period, criterion, value, denominator string) {
	j.add(domain.ReportStream(season, unit, period), &domain.IndicatorReported{
		Criterion: criterion, Value: domain.Decimal(value), Denominator: domain.Decimal(denominator), By: "p-1", Note: j.say("ghi chú"),
		Evidence: []domain.Evidence{{SHA256: "ab", Size: 12, MediaType: "text/plain", Name: j.say("báo cáo.txt")}},
	})
}

// smallSeason is a season with a bit of everything, not yet finalised.
func smallSeason() *journal {
	j := newJournal()
	const season = "small-2019"
	for _, unit := range members {
		j.registerUnit(unit)
	}
	j.registerPerson("p-1")
	j.add(domain.SeasonStream(season), &domain.ImportStarted{BundleSHA256: "b", Rows: 9})
	j.draft(season, "Asia/Ho_Chi_Minh")
	for i, unit := range members {
		j.setTargets(season, unit, domain.Target{Criterion: "A1", Target: fmt.Sprint(100 + 7*i)}, domain.Target{Criterion: "A2", Target: "90.50"}, domain.Target{Criterion: "A3", Target: "5"})
		j.sign(season, unit)
	}
	j.setTargets(season, "lao-cai", domain.Target{Criterion: "A1", Target: "050.10"}, domain.Target{Criterion: "A3", Target: domain.NotApplicable})
	j.add(domain.SeasonStream(season), &domain.CovenantEnteredIntoForce{})
	j.add(domain.SeasonStream(season), &domain.ImportCompleted{BundleSHA256: "b", Rows: 9})
	j.pass(80 * 24 * time.Hour)
	for i, unit := range members {
		j.report(season, unit, "Q1", "A1", fmt.Sprint(33+11*i), "")
		j.report(season, unit, "Q1", "A2", fmt.Sprintf("%d.5", 7+i), "9")
		j.report(season, unit, "Q1", "B1", "1", "")
		j.pass(5 * 24 * time.Hour)
	}
	j.add(domain.ReportStream(season, "lai-chau", "Q1"), &domain.IndicatorCorrected{Criterion: "A1", Value: "044.50", By: "p-1", Reason: j.say("nhầm số")})
	j.add(domain.ReportStream(season, "son-la", "Q1"), &domain.IndicatorVerified{Criterion: "A1", Value: "30", By: "p-2", Finding: j.say("đếm lại")})
	j.addAt(domain.ReportStream(season, "lao-cai", "Q2"), domain.Instant{}, &domain.DeadlineExtended{Deadline: "2019-07-15", By: "p-1", Reason: j.say("lũ quét")})
	j.add(domain.ConductStream(season, "son-la"), &domain.PointsAdjusted{Kind: domain.Bonus, Points: "2.50", By: "p-1", Reason: j.say("mô hình mới")})
	j.add(domain.ConductStream(season, "lao-cai"), &domain.HoldPlaced{Hold: "h1", From: "2019-05-01", Reason: j.say("đơn thư"), Document: j.say("12/QĐ")})
	return j
}
