package bundle_test

import (
	"maps"
	"strings"
	"testing"
)

func TestFaultsOfSeason(t *testing.T) {
	yaml := func(old, new string) edit { return replace("season.yaml", old, new) }
	runFaultCases(t, []faultCase{
		{"not YAML", []edit{yaml("head: son-la", "head: [son-la")}, []string{"season.yaml:7 yaml"}},
		{"empty", []edit{written("season.yaml", "# nothing\n")}, []string{"season.yaml:- yaml"}},
		{"a list", []edit{written("season.yaml", "- a\n")}, []string{"season.yaml:1 yaml"}},
		{"two documents", []edit{appended("season.yaml", "---", "season: x")}, []string{"season.yaml:275 yaml"}},
		{"a duplicate key", []edit{yaml("deputy: lao-cai", "deputy: lao-cai\nhead: son-la")}, []string{"season.yaml:9 head key-duplicate"}},
		{"an unknown key", []edit{yaml("deputy: lao-cai", "vice: lao-cai")}, []string{"season.yaml:8 vice key-unknown"}},
		{"an unknown key in an entry", []edit{yaml("      per_item: 7.5", "      per_item: 7.5\n      weight: 2")}, []string{"season.yaml:114 ruleset.criteria.B3.weight key-unknown"}},
		{"a missing key", []edit{yaml("head: son-la\n", "")}, []string{"season.yaml:- head key-missing"}},
		{"a missing key in an entry", []edit{yaml("2019-Q4, from: 2019-10-01, ", "2019-Q4, ")}, []string{"season.yaml:- periods.2019-Q4.from key-missing"}},
		{"an anchor", []edit{yaml("head: son-la", "head: &a son-la")}, []string{"season.yaml:7 head yaml"}},
		{"an alias", []edit{yaml("head: son-la", "head: &a son-la"), yaml("deputy: lao-cai", "deputy: *a")}, []string{"season.yaml:7 head yaml", "season.yaml:8 deputy yaml"}},
		{"a tag", []edit{yaml("year: 2019", "year: !!str 2019")}, []string{"season.yaml:3 year yaml"}},
		{"a mapping for a value", []edit{yaml("year: 2019", "year: {a: 2019}")}, []string{"season.yaml:3 year yaml"}},
		{"a number that is none", []edit{yaml("scale: 1000", "scale: 1e3")}, []string{"season.yaml:19 ruleset.scale number-form"}},
		{"a date that does not exist", []edit{yaml("lock: 2019-11-30", "lock: 2019-11-31")}, []string{"season.yaml:14 periods.2019-Q4.lock date-form"}},
		{"a criterion's points", []edit{yaml("min_total: 850", "min_total: -1")}, []string{"season.yaml:25 ruleset.tiers.excellent.min_total number-form"}},
		{"values in other ways to write them", []edit{yaml("year: 2019", `year: "2019"`), yaml("season: northern", "season: >-\n  northern"), yaml("cluster:", "'cluster':")}, nil},
		{"a time zone that is not there", []edit{yaml("Asia/Ho_Chi_Minh", "Asia/Hue")}, []string{"season.yaml:5 timezone timezone"}},
		{"a member twice", []edit{yaml("lang-son]", "lang-son, son-la]")}, []string{"season.yaml:6 members duplicate"}},
		{"a head that is no member", []edit{yaml("head: son-la", "head: vwu")}, []string{"season.yaml:7 head head"}},
		{"head and deputy are one", []edit{yaml("deputy: lao-cai", "deputy: son-la")}, []string{"season.yaml:8 deputy head"}},
		{"a period that ends before it begins", []edit{yaml("to: 2019-06-30", "to: 2019-03-30")}, []string{"season.yaml:12 periods.2019-Q2 calendar"}},
		{"periods that overlap", []edit{yaml("from: 2019-04-01", "from: 2019-03-31")}, []string{"season.yaml:12 periods.2019-Q2.from calendar"}},
		{"a period twice", []edit{yaml("id: 2019-Q4", "id: 2019-Q3")}, []string{"season.yaml:10 periods duplicate"}},
		{"finalised before the last lock has passed", []edit{yaml("2019-12-06T15", "2019-11-30T15")}, []string{"season.yaml:9 finalised_at finalised-after"}},
		{"finalised in the future", []edit{yaml("2019-12-06T15", "2029-12-06T15")}, []string{"season.yaml:9 finalised_at future"}},
		{"an award without a known tier", []edit{yaml("max_rank: 4, min_tier: good", "max_rank: 4, min_tier: best")}, []string{"season.yaml:17 awards.certificate-merit.min_tier known"}},
		{"a body that does not vote", []edit{yaml("limit: 1, max_rank: 1, min_tier: good, ballot: {body: cluster", "limit: 1, max_rank: 1, min_tier: good, ballot: {body: congress")}, []string{"season.yaml:16 awards.flag-leading.ballot.body word"}},
	})
}

func TestFaultsOfRulesets(t *testing.T) {
	yaml := func(old, new string) edit { return replace("season.yaml", old, new) }
	// last is the last criterion, with other keys.
	last := func(keys ...string) edit {
		const was = "      kind: ratio\n      direction: higher\n      over_time: latest\n      points: 30\n      formula: absolute\n"
		return rewrite("season.yaml", func(t testing.TB, text string) string {
			t.Helper()
			if !strings.HasSuffix(text, was) {
				t.Fatalf("season.yaml does not end with %q", was)
			}
			return strings.TrimSuffix(text, was) + "      " + strings.Join(keys, "\n      ") + "\n"
		})
	}
	ratio := []string{"kind: ratio", "direction: higher", "over_time: latest", "points: 30"}
	number := []string{"kind: number", "direction: higher", "over_time: sum", "points: 30"}
	with := func(keys []string, more ...string) edit { return last(append(append([]string{}, keys...), more...)...) }
	noValues := func(_ testing.TB, files papers) {
		files["values.csv"] = withoutCriterion(files["values.csv"], "H1")
		maps.DeleteFunc(files, func(name, _ string) bool { return strings.Contains(name, "-h1-") })
	}
	runFaultCases(t, []faultCase{
		{"points above the scale", []edit{yaml("scale: 1000", "scale: 999")}, []string{"season.yaml:19 ruleset.scale scale"}},
		{"more digits than points are rounded to", []edit{yaml("bonus_cap: 50", "bonus_cap: 49.125")}, []string{"season.yaml:21 ruleset.bonus_cap digits"}},
		{"rounding to seven digits", []edit{yaml("digits: 2", "digits: 7")}, []string{"season.yaml:20 ruleset.rounding.digits ruleset"}},
		{"a tie-break that is not there", []edit{yaml("[fewer_penalty_points,", "[fewer_points,")}, []string{"season.yaml:23 ruleset.tie_break.0 word"}},
		{"no tie-break", []edit{yaml("[fewer_penalty_points, higher_indicator_points, higher_verified_share]", "[]")}, nil},
		{"tiers that do not fall", []edit{yaml("min_total: 700", "min_total: 850")}, []string{"season.yaml:26 ruleset.tiers.good.min_total ruleset"}},
		{"a last tier above 0", []edit{yaml("min_total: 0}", "min_total: 1}")}, []string{"season.yaml:28 ruleset.tiers.average ruleset"}},
		{"a word that is no kind", []edit{yaml("kind: yes_no", "kind: yesno")}, []string{"season.yaml:242 ruleset.criteria.F4.kind word"}},
		{"a kind over time", []edit{with([]string{"kind: ratio", "direction: higher", "over_time: mean", "points: 30"}, "formula: absolute")}, []string{"season.yaml:272 ruleset.criteria.H1.over_time ruleset"}},
		{"yes or no with a number", []edit{noValues, with(number, "formula: yes_no")}, []string{"season.yaml:274 ruleset.criteria.H1.formula ruleset"}},
		{"count with lower", []edit{noValues, with([]string{"kind: number", "direction: lower", "over_time: sum", "points: 30"}, "formula: count", "per_item: 1")}, []string{"season.yaml:271 ruleset.criteria.H1.direction ruleset"}},
		{"points of 0", []edit{with([]string{"kind: ratio", "direction: higher", "over_time: latest", "points: 0"}, "formula: absolute")}, []string{"season.yaml:273 ruleset.criteria.H1.points ruleset"}},
		{"a cap below 1", []edit{with(ratio, "formula: absolute", "cap: 0.9")}, []string{"season.yaml:275 ruleset.criteria.H1.cap ruleset"}},
		{"a cap where there is none", []edit{with(ratio, "formula: deduction", "cap: 1", "step_percent: 1", "per_step: 1")}, []string{"season.yaml:275 ruleset.criteria.H1.cap ruleset"}},
		{"a formula without its parameter", []edit{with(ratio, "formula: deduction", "step_percent: 1")}, []string{"season.yaml:266 ruleset.criteria.H1.per_step ruleset"}},
		{"a step of 0 percent", []edit{with(ratio, "formula: deduction", "step_percent: 0", "per_step: 1")}, []string{"season.yaml:275 ruleset.criteria.H1.step_percent ruleset"}},
		{"steps above the cap", []edit{with(ratio, "formula: steps", "steps: [{at_least: 1.6, share: 1}]")}, []string{"season.yaml:275 ruleset.criteria.H1.steps ruleset"}},
		{"a share above 1", []edit{with(ratio, "formula: steps", "steps: [{at_least: 1, share: 1.1}]")}, []string{"season.yaml:275 ruleset.criteria.H1.steps ruleset"}},
		{"a step twice", []edit{with(ratio, "formula: steps", "steps: [{at_least: 1, share: 1}, {at_least: 1.0, share: 1}]")}, []string{"season.yaml:275 ruleset.criteria.H1.steps ruleset"}},
		{"a criterion twice", []edit{yaml("    - id: G3\n", "    - id: G1\n")}, []string{"season.yaml:29 ruleset.criteria duplicate"}},
		{"a name of 1,001 characters", []edit{yaml("\"Excellent\"", strings.Repeat("x", 1001))}, []string{"season.yaml:25 ruleset.tiers.excellent.name.en text-form"}},
	})
}
