package bundle_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/bundle"
	"thidua/domain"
	"thidua/internal/testenv"
)

func TestRowsAreKnownByWhatTheySay(t *testing.T) {
	t.Parallel()
	log := openLog(t, testenv.NATS(t))
	first := imported(t, log, edited(t, lean))
	otherwise := edited(t, lean,
		rewrite("values.csv", func(_ testing.TB, text string) string { return "\uFEFF" + strings.ReplaceAll(text, "\n", "\r\n") }),
		replace("values.csv", "son-la,2019-Q1,A1,4,,2019-04-02T08:34:00+07:00", "son-la,2019-Q1,A1,04.0,,2019-04-02T01:34:00Z"),
		replace("season.yaml", "min_item_share: 0.4", "min_item_share: 0.40"),
		appended("targets.csv", "ha-giang,A1,034.0"), without("targets.csv", "ha-giang,A1,34"),
		without("units.csv", "Trung ương"), appended("units.csv", "vwu,Trung ương Hội LHPN Việt Nam,Vietnam Women's Union,central,,"))
	want := bundle.Result{Season: season, Position: first.Position, Unchanged: true, Errors: []bundle.Fault{}}
	if diff := cmp.Diff(want, imported(t, log, otherwise)); diff != "" {
		t.Errorf("again (-want +got):\n%s", diff)
	}
}

func TestGrownBundleAddsWhatIsNew(t *testing.T) {
	t.Parallel()
	whole := openLog(t, testenv.NATS(t))
	imported(t, whole, edited(t, lean))
	log := openLog(t, testenv.NATS(t))
	imported(t, log, edited(t, lean, running))
	grown := imported(t, log, edited(t, lean))
	// The last value, a hold, the final ranking, four ballots and three awards, between the start and the completion; and the signer of the awards.
	if want := 1 + 1 + 1 + 4 + 3 + 2 + 1; grown.Events != want {
		t.Errorf("a grown bundle adds %d events, want %d", grown.Events, want)
	}
	if diff := cmp.Diff(world(t, whole).Ranking(now).Standings, world(t, log).Ranking(now).Standings); diff != "" {
		t.Errorf("ranking (-at once +grown):\n%s", diff)
	}
	late := imported(t, log, edited(t, lean, appended("holds.csv", "lai-chau,2020-01-01,,x,y"), appended("units.csv", "hue,Huế,,province,vwu,46")))
	if want := 2 + 2; late.Events != want {
		t.Errorf("a hold and a unit after the end add %d events, want %d", late.Events, want)
	}
}

// A season of which a read model could not take an event is not finalised, and takes everything else.
func TestParkedSeasonIsNotFinalised(t *testing.T) {
	t.Parallel()
	log := openLog(t, testenv.NATS(t))
	imported(t, log, edited(t, lean, running))
	o, parked := options(), []domain.Position{7}
	o.Parked = func(context.Context, string) ([]domain.Position, error) { return parked, nil }
	before := last(t, log)
	result, err := open(t, edited(t, lean)).Import(t.Context(), log, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Errors) != 1 || result.Errors[0].Rule != domain.RuleParked || result.Errors[0].Column != "finalised_at" || last(t, log) != before {
		t.Errorf("the import of the whole gives %+v, and moves the log from %d to %d; want it refused by the rule %s", result, before, last(t, log), domain.RuleParked)
	}
	more := edited(t, lean, running, appended("units.csv", "hue,Huế,,province,vwu,46"))
	if result, err = open(t, more).Import(t.Context(), log, o); err != nil || len(result.Errors) > 0 || result.Events == 0 {
		t.Errorf("what does not finalise gives %+v, %v", result, err)
	}
	parked = nil
	if result, err = open(t, edited(t, lean)).Import(t.Context(), log, o); err != nil || len(result.Errors) > 0 || result.Events == 0 {
		t.Errorf("once nothing is parked the import gives %+v, %v", result, err)
	}
}

func TestRepeatedAdjustmentsAreCounted(t *testing.T) {
	t.Parallel()
	log := openLog(t, testenv.NATS(t))
	const again = "lai-chau,penalty,1,x,y,2019-11-28T09:00:00+07:00"
	imported(t, log, edited(t, lean, running, appended("adjustments.csv", again, again)))
	if n := imported(t, log, edited(t, lean, running, appended("adjustments.csv", again, again, again))).Events; n != 3 {
		t.Errorf("the third of three same rows adds %d events, want 3", n)
	}
	if n := len(world(t, log).Conduct("lai-chau").Adjustments); n != 4 {
		t.Errorf("lai-chau has %d adjustments, want 4", n)
	}
}

func TestWhatContradictsTheRecordIsRefused(t *testing.T) {
	t.Parallel()
	log := openLog(t, testenv.NATS(t))
	imported(t, log, edited(t, lean))
	before := last(t, log)
	for _, c := range []faultCase{
		{"another target", []edit{replace("targets.csv", "ha-giang,A1,34", "ha-giang,A1,35")}, []string{"targets.csv:2 target contradiction"}},
		{"a target gone blank", []edit{replace("targets.csv", "ha-giang,A1,34", "ha-giang,A1,")}, []string{"targets.csv:2 target contradiction"}},
		{"a target gone", []edit{without("targets.csv", "ha-giang,A1,34")}, []string{"targets.csv:- vanished"}},
		{"another name of a unit", []edit{replace("units.csv", "Hà Giang Provincial", "Ha Giang Provincial")}, []string{"units.csv:3 name_en contradiction"}},
		{"a value gone", []edit{without("values.csv", "ha-giang,2019-Q4,C1,251")}, []string{"values.csv:- vanished"}},
		{"another value", []edit{replace("values.csv", "ha-giang,2019-Q4,C1,251", "ha-giang,2019-Q4,C1,252")}, []string{"values.csv:720 value contradiction"}},
		{"another note", []edit{replace("values.csv", "Số đúng theo danh sách", "Số mới theo danh sách")}, []string{"values.csv:720 reason contradiction"}},
		{"a new value after the end", []edit{appended("values.csv", "ha-giang,2019-Q4,C1,252,,2019-11-25T09:20:00+07:00,x,,y,")}, []string{"values.csv:721 closed"}},
		{"another hold", []edit{replace("holds.csv", "2019-12-20", "2019-12-21")}, []string{"holds.csv:- vanished"}},
		{"another head", []edit{replace("season.yaml", "head: son-la", "head: lang-son")}, []string{"season.yaml:7 head contradiction"}},
		{"a deputy gone", []edit{replace("season.yaml", "deputy: lao-cai\n", "")}, []string{"season.yaml:- deputy vanished"}},
		{"another end", []edit{replace("season.yaml", "2019-12-06T15:00", "2019-12-06T14:00")}, []string{"season.yaml:9 finalised_at contradiction"}},
		{"another cap", []edit{replace("season.yaml", "cap: 1.3", "cap: 1.4")}, []string{"season.yaml:67 ruleset.criteria.A4.cap contradiction"}},
	} {
		result := tried(t, log, edited(t, append([]edit{lean}, c.edits...)...))
		if diff := cmp.Diff(c.want, places(result.Errors)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	if at := last(t, log); at != before {
		t.Errorf("refused bundles wrote up to %d, from %d", at, before)
	}
}

func TestTargetsAreFrozenByTheSignature(t *testing.T) {
	t.Parallel()
	log := openLog(t, testenv.NATS(t))
	imported(t, log, edited(t, lean, running, without("targets.csv", "ha-giang,A1,34")))
	result := tried(t, log, edited(t, lean, running))
	if diff := cmp.Diff([]string{"targets.csv:2 target frozen"}, places(result.Errors)); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

func TestContradictingRulesetWithTheEndOfTheSeason(t *testing.T) {
	t.Parallel()
	log := openLog(t, testenv.NATS(t))
	imported(t, log, edited(t, lean, running, func(_ testing.TB, files papers) { files["values.csv"] = withoutCriterion(files["values.csv"], "H1") }))
	result := tried(t, log, edited(t, lean, rewrite("season.yaml", func(_ testing.TB, text string) string {
		before, last, _ := strings.Cut(text, "    - id: H1\n")
		return before + "    - id: H1\n" + strings.Replace(last, "kind: ratio", "kind: number", 1)
	}), rewrite("values.csv", func(_ testing.TB, text string) string {
		return regexp.MustCompile(`(,H1,\d+),\d+,`).ReplaceAllString(text, "$1,,")
	})))
	if diff := cmp.Diff([]string{"season.yaml:270 ruleset.criteria.H1.kind contradiction"}, places(result.Errors)); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

// withoutCriterion takes the values of a criterion out of a table.
func withoutCriterion(text, criterion string) string {
	var kept []string
	for line := range strings.Lines(text) {
		if !strings.Contains(line, ","+criterion+",") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}
