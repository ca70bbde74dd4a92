package bundle_test

import (
	"strings"
	"testing"
)

func TestFaultsOfPledges(t *testing.T) {
	runFaultCases(t, []faultCase{
		{"an unknown criterion", []edit{appended("targets.csv", "son-la,Z9,1")}, []string{"targets.csv:184 criterion known"}},
		{"an unknown criterion without a target", []edit{appended("targets.csv", "son-la,Z9,")}, []string{"targets.csv:184 criterion known"}},
		{"neither a number nor na", []edit{replace("targets.csv", "ha-giang,A1,34", "ha-giang,A1,NA")}, []string{"targets.csv:2 target number-form"}},
		{"a target twice", []edit{appended("targets.csv", "ha-giang,A1,35")}, []string{"targets.csv:184 criterion duplicate"}},
		{"a target of a unit that is no member", []edit{appended("targets.csv", "vwu,A1,35")}, []string{"targets.csv:184 unit member"}},
		{"a unit signs twice", []edit{appended("signatures.csv", "son-la,x,chair,2019-03-15T09:20:00+07:00")}, []string{"signatures.csv:9 unit duplicate"}},
		{"a unit with values has not signed", []edit{without("signatures.csv", "son-la,")}, []string{"values.csv:609 unit signature"}},
		{"a unit signs after its first value", []edit{replace("signatures.csv", "2019-03-15T09:10:00", "2019-04-02T08:34:00")}, []string{"signatures.csv:7 signed_at signature"}},
		{"a unit signs just before its first value", []edit{replace("signatures.csv", "2019-03-15T09:10:00", "2019-04-02T08:33:59.999999")}, nil},
		{"a broken signature silences what follows", []edit{replace("signatures.csv", "2019-03-15T09:10:00", "2019-13-15T09:10:00")}, []string{"signatures.csv:7 signed_at instant-form"}},
	})
}

func TestFaultsOfValues(t *testing.T) {
	runFaultCases(t, []faultCase{
		{"an unknown period", []edit{replace("values.csv", "son-la,2019-Q1,A1,4,", "son-la,2019-Q5,A1,4,")}, []string{"values.csv:509 period known"}},
		{"an unknown criterion", []edit{replace("values.csv", "son-la,2019-Q1,A1,4,", "son-la,2019-Q1,Z9,4,")}, []string{"values.csv:509 criterion known"}},
		{"a value of a criterion that is not applicable", []edit{appended("values.csv", "son-la,2019-Q1,A5,1,2,2019-04-02T08:34:00+07:00,x,,,")}, []string{"values.csv:721 criterion applicable"}},
		{"yes or no is 0 or 1", []edit{replace("values.csv", "ha-giang,2019-Q2,F4,1,", "ha-giang,2019-Q2,F4,2,")}, []string{"values.csv:96 value yes-no"}},
		{"yes or no is 1.0", []edit{replace("values.csv", "ha-giang,2019-Q2,F4,1,", "ha-giang,2019-Q2,F4,1.0,")}, nil},
		{"a ratio without a denominator", []edit{replace("values.csv", "son-la,2019-Q1,A2,12,15,", "son-la,2019-Q1,A2,12,,")}, []string{"values.csv:513 denominator denominator"}},
		{"a number with a denominator", []edit{replace("values.csv", "son-la,2019-Q1,A1,4,,", "son-la,2019-Q1,A1,4,5,")}, []string{"values.csv:509 denominator denominator"}},
		{"before the period by local date", []edit{replace("values.csv", "son-la,2019-Q2,A1,10,,2019-07-03T17:31:00+07:00", "son-la,2019-Q2,A1,10,,2019-03-31T16:59:59Z")}, []string{"values.csv:510 submitted_at window"}},
		{"on the period's first local day", []edit{replace("values.csv", "son-la,2019-Q2,A1,10,,2019-07-03T17:31:00+07:00", "son-la,2019-Q2,A1,10,,2019-03-31T17:00:00Z")}, nil},
		{"after the lock by local date", []edit{replace("values.csv", "son-la,2019-Q2,A1,10,,2019-07-03T17:31:00+07:00", "son-la,2019-Q2,A1,10,,2019-07-20T17:00:00Z")}, []string{"values.csv:510 submitted_at window"}},
		{"on the day of the lock", []edit{replace("values.csv", "son-la,2019-Q2,A1,10,,2019-07-03T17:31:00+07:00", "son-la,2019-Q2,A1,10,,2019-07-20T16:59:59Z")}, nil},
		{"in the future", []edit{replace("values.csv", "son-la,2019-Q2,A1,10,,2019-07-03", "son-la,2019-Q2,A1,10,,2029-07-03")}, []string{"values.csv:510 submitted_at future"}},
		{"after the ranking was finalised", []edit{replace("values.csv", "son-la,2019-Q2,A1,10,,2019-07-03", "son-la,2019-Q2,A1,10,,2019-12-07")}, []string{"values.csv:510 submitted_at after-finalised"}},
		{"a correction without a reason", []edit{appended("values.csv", "son-la,2019-Q2,A1,11,,2019-07-04T17:31:00+07:00,x,,,")}, []string{"values.csv:721 reason reason"}},
		{"a value before the first, which so becomes a correction", []edit{appended("values.csv", "son-la,2019-Q2,A1,11,,2019-07-02T17:31:00+07:00,x,,because,")}, []string{"values.csv:510 reason reason"}},
		{"two values of one cell at one instant", []edit{appended("values.csv", "son-la,2019-Q2,A1,11,,2019-07-03T10:31:00Z,x,,because,")}, []string{"values.csv:721 submitted_at duplicate"}},
		{"an event that is too large", []edit{appended("values.csv", "son-la,2019-Q2,A1,11,,2019-07-04T17:31:00+07:00,x,"+manyNames()+",because,"), manyFiles}, []string{"values.csv:721 event-size"}},
		{"a later deadline widens the window", []edit{replace("exceptions.csv", "2019-10-10", "2019-10-22"), replace("values.csv", "cao-bang,2019-Q3,A1,30,,2019-10-09", "cao-bang,2019-Q3,A1,30,,2019-10-22")}, nil},
		{"a broken exception silences what follows", []edit{replace("exceptions.csv", "2019-10-10", "2019-10-40"), replace("values.csv", "cao-bang,2019-Q3,A1,30,,2019-10-09", "cao-bang,2019-Q3,A1,30,,2019-10-22")}, []string{"exceptions.csv:2 deadline date-form"}},
		{"a recount before the first value", []edit{appended("verifications.csv", "son-la,2019-Q2,A1,11,,x,2019-07-03T17:31:00+07:00,")}, []string{"verifications.csv:22 verified_at verified-after"}},
		{"a recount right after the first value", []edit{appended("verifications.csv", "son-la,2019-Q2,A1,11,,x,2019-07-03T17:31:00.000001+07:00,")}, nil},
		{"two recounts at one instant", []edit{appended("verifications.csv", "ha-giang,2019-Q4,C3,6,,x,2019-11-27T07:00:00Z,")}, []string{"verifications.csv:22 verified_at duplicate"}},
		{"a recount after the lock", []edit{appended("verifications.csv", "ha-giang,2019-Q4,C3,6,,x,2019-12-06T15:00:00+07:00,")}, nil},
		{"a recount after the ranking was finalised", []edit{appended("verifications.csv", "ha-giang,2019-Q4,C3,6,,x,2019-12-06T15:00:01+07:00,")}, []string{"verifications.csv:22 verified_at after-finalised"}},
		{"a broken value silences what follows", []edit{replace("values.csv", "ha-giang,2019-Q4,C3,7,", "ha-giang,2019-Q4,C3,seven,")}, []string{"values.csv:64 value number-form"}},
	})
}

// manyNames lists more files than one event can hold.
func manyNames() string {
	var names []string
	for i := range 400 {
		names = append(names, "many-"+strings.Repeat("x", i))
	}
	return strings.Join(names, ";")
}

// manyFiles adds these files.
func manyFiles(_ testing.TB, files papers) {
	for name := range strings.SplitSeq(manyNames(), ";") {
		files["evidence/"+name] = name
	}
}

func TestFaultsOfConduct(t *testing.T) {
	runFaultCases(t, []faultCase{
		{"points that are neither bonus nor penalty", []edit{appended("adjustments.csv", "son-la,prize,1,x,y,2019-11-28T09:00:00+07:00")}, []string{"adjustments.csv:8 kind word"}},
		{"more digits than the ruleset's", []edit{appended("adjustments.csv", "son-la,bonus,1.125,x,y,2019-11-28T09:00:00+07:00")}, []string{"adjustments.csv:8 points digits"}},
		{"digits that are zeros", []edit{appended("adjustments.csv", "lai-chau,penalty,0.120,x,y,2019-11-28T09:00:00+07:00")}, nil},
		{"points after the ranking was finalised", []edit{appended("adjustments.csv", "lai-chau,penalty,1,x,y,2019-12-28T09:00:00+07:00")}, []string{"adjustments.csv:8 decided_at after-finalised"}},
		{"two adjustments that say the same", []edit{appended("adjustments.csv", "lai-chau,penalty,1,x,y,2019-11-28T09:00:00+07:00", "lai-chau,penalty,1,x,y,2019-11-28T09:00:00+07:00")}, nil},
		{"a deadline that is not later", []edit{replace("exceptions.csv", "2019-10-10", "2019-10-05")}, []string{"exceptions.csv:2 deadline extension"}},
		{"an exception twice", []edit{appended("exceptions.csv", "cao-bang,2019-Q3,2019-10-11,x,y")}, []string{"exceptions.csv:3 period duplicate"}},
		{"a deadline after the end of the season", []edit{appended("exceptions.csv", "cao-bang,2019-Q4,2019-12-06,x,y")}, []string{"season.yaml:9 finalised_at finalised-after"}},
		{"a hold that ends before it begins", []edit{appended("holds.csv", "cao-bang,2019-11-02,2019-11-01,x,")}, []string{"holds.csv:3 to calendar"}},
	})
}

func TestFaultsOfAwards(t *testing.T) {
	const merit = "certificate-merit,lao-cai,414/QĐ-ĐCT,2019-12-18T10:00:00+07:00,"
	council := replace("season.yaml", "max_rank: 4, min_tier: good, ballot: {body: cluster", "max_rank: 4, min_tier: good, ballot: {body: council")
	members := func(n string) edit {
		return replace("ballots.csv", "lao-cai,2019-12-06T16:20:00+07:00,7,7,4,2,0,1", "lao-cai,2019-12-06T16:20:00+07:00,"+n+",7,4,2,0,1")
	}
	runFaultCases(t, []faultCase{
		{"votes that do not add up", []edit{replace("ballots.csv", "7,7,4,2,0,1", "7,7,4,2,0,0")}, []string{"ballots.csv:4 present ballot-count"}},
		{"more present than members", []edit{replace("ballots.csv", "7,7,4,2,0,1", "7,8,4,3,0,1")}, []string{"ballots.csv:4 present ballot-count"}},
		{"not as many members as the cluster has", []edit{members("8")}, []string{"ballots.csv:4 members ballot-count"}},
		{"4 of 8 in the council are half", []edit{council, members("8")}, nil},
		{"4 of 9 in the council are less than half", []edit{council, members("9")}, []string{"awards.csv:4 award ballot"}},
		{"a ballot before the end", []edit{replace("ballots.csv", "lao-cai,2019-12-06T16:20:00", "lao-cai,2019-12-06T15:00:00")}, []string{"ballots.csv:4 held_at before-finalised"}},
		{"a ballot twice", []edit{appended("ballots.csv", "certificate-merit,lao-cai,2019-12-06T17:20:00+07:00,7,7,4,2,0,1")}, []string{"ballots.csv:6 unit duplicate"}},
		{"a ballot that failed", []edit{appended("awards.csv", "certificate-merit,dien-bien,415,2019-12-18T10:00:00+07:00,x,y"), without("awards.csv", "lao-cai")}, []string{"awards.csv:4 award ballot", "awards.csv:4 unit rank"}},
		{"no ballot", []edit{without("ballots.csv", "lao-cai")}, []string{"awards.csv:4 award ballot"}},
		{"a decision before its ballot", []edit{replace("awards.csv", merit, strings.Replace(merit, "2019-12-18T10:00:00", "2019-12-06T16:20:00", 1))}, []string{"awards.csv:4 decided_at ballot"}},
		{"a broken ballot silences what follows", []edit{members("seven")}, []string{"ballots.csv:4 members number-form"}},
		{"an unknown award", []edit{replace("awards.csv", merit, strings.Replace(merit, "certificate-merit", "medal", 1))}, []string{"awards.csv:4 award known"}},
		{"an award twice", []edit{appended("awards.csv", merit+"Nguyễn Thị A (minh hoạ),Đoàn Chủ tịch Trung ương Hội")}, []string{"awards.csv:5 unit duplicate"}},
		{"more awards than there are", []edit{replace("season.yaml", "limit: 3", "limit: 1")}, []string{"awards.csv:4 award limit"}},
		{"a rank too low", []edit{replace("season.yaml", "max_rank: 4", "max_rank: 2")}, []string{"awards.csv:4 unit rank"}},
		{"a tier too low", []edit{replace("season.yaml", "max_rank: 4, min_tier: good", "max_rank: 4, min_tier: excellent")}, []string{"awards.csv:4 unit tier"}},
		{"a hold on the day", []edit{appended("holds.csv", "lao-cai,2019-12-18,2019-12-18,x,")}, []string{"awards.csv:4 decided_at hold"}},
		{"a hold up to the day before", []edit{appended("holds.csv", "lao-cai,2019-12-01,2019-12-17,x,")}, nil},
		{"one decision with two signers", []edit{replace("awards.csv", "414/QĐ-ĐCT,2019-12-18T10:00:00+07:00,Nguyễn Thị A", "413/QĐ-ĐCT,2019-12-18T10:00:00+07:00,Nguyễn Thị B")}, []string{"awards.csv:4 decision_number decision"}},
		{"one decision for two awards", []edit{replace("awards.csv", "414/QĐ-ĐCT", "413/QĐ-ĐCT")}, nil},
		{"awards of a season that is still running", []edit{without("season.yaml", "finalised_at")}, []string{"awards.csv:4 decided_at before-finalised"}},
	})
}

func TestEveryCauseIsToldAndNothingElse(t *testing.T) {
	runFaultCases(t, []faultCase{
		{"errors in every file", []edit{
			written("notes.txt", ""),
			replace("season.yaml", "scale: 1000", "scale: -1"),
			replace("season.yaml", "head: son-la", "head: vwu"),
			replace("units.csv", "province,vwu,14", "province,vwx,14"),
			replace("targets.csv", "ha-giang,A1,34", "ha-giang,A1,x"),
			replace("signatures.csv", "2019-03-15T09:10:00", "soon"),
			replace("values.csv", "lang-son,2019-Q4,H1,18,60,", "lang-son,2019-Q4,H1,NaN,60,"),
			replace("verifications.csv", "lang-son,2019-Q4,C3,13", "lang-son,2019-Q4,C9,13"),
			replace("adjustments.csv", "bonus,12.5", "bonus,12.555"),
			replace("exceptions.csv", "2019-10-10", "2019-10-05"),
			replace("holds.csv", "2019-12-20", "2019-10-20"),
			replace("ballots.csv", "7,7,3,3,1,0", "7,7,3,3,1,1"),
			replace("awards.csv", "414/QĐ-ĐCT", "413/QĐ-ĐCT"), replace("awards.csv", "413/QĐ-ĐCT,2019-12-18T10:00:00+07:00,Nguyễn Thị A (minh hoạ),Đoàn Chủ tịch Trung ương Hội\ncertificate-merit,lao-cai", "413/QĐ-ĐCT,2019-12-19T10:00:00+07:00,Nguyễn Thị A (minh hoạ),Đoàn Chủ tịch Trung ương Hội\ncertificate-merit,lao-cai"),
			written("evidence/stray.pdf", "x"),
		}, []string{
			"notes.txt:- file-unknown", "season.yaml:7 head head", "season.yaml:19 ruleset.scale number-form", "units.csv:8 parent unit-listed", "targets.csv:2 target number-form",
			"signatures.csv:7 signed_at instant-form", "values.csv:718 value number-form", "verifications.csv:21 criterion known",
			"adjustments.csv:6 points digits", "exceptions.csv:2 deadline extension", "holds.csv:2 to calendar", "ballots.csv:5 present ballot-count",
			"awards.csv:4 decision_number decision", "evidence/stray.pdf:- evidence-unnamed",
		}},
		{"nothing is known without season.yaml", []edit{removed("season.yaml")}, []string{"season.yaml:- file-missing"}},
		{"values without their head line", []edit{rewrite("values.csv", func(_ testing.TB, text string) string { return strings.Replace(text, "submitted_at", "at", 1) })}, []string{
			"values.csv:1 at column-unknown", "values.csv:1 submitted_at column-missing",
		}},
		{"a period without its id", []edit{replace("season.yaml", "id: 2019-Q2", "id: 2019/Q2")}, []string{"season.yaml:12 periods.1.id id-form"}},
		{"a criterion with an unknown kind has values of any kind", []edit{replace("season.yaml", "kind: yes_no", "kind: ratios")}, []string{"season.yaml:242 ruleset.criteria.F4.kind word"}},
		{"broken members", []edit{replace("season.yaml", "lang-son]", "LANG-SON]")}, []string{"season.yaml:6 members.6 id-form"}},
	})
}
