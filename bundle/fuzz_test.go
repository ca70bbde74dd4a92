package bundle_test

import (
	"slices"
	"strings"
	"testing"

	"thidua/bundle"
)

// FuzzRead reads bundles of any season.yaml and any one table: it ends, and says what is wrong in both languages.
func FuzzRead(f *testing.F) {
	tables := []string{
		"units.csv", "targets.csv", "signatures.csv", "values.csv", "verifications.csv",
		"adjustments.csv", "exceptions.csv", "holds.csv", "ballots.csv", "awards.csv",
	}
	whole := examplePapers(f)
	small(f, whole)
	whole["ballots.csv"], whole["awards.csv"] = "award,unit,held_at,members,present,yes,no,blank,invalid\n", "award,unit,decision_number,decided_at,signer,competence\n"
	whole["holds.csv"] = "unit,from,to,reason,document\nha-giang,2019-11-01,2019-12-20,x,\n"
	for i, name := range tables {
		f.Add([]byte(whole["season.yaml"]), byte(i), []byte(whole[name]))
	}
	f.Add([]byte("a: &a [*a]\n"), byte(0), []byte("unit,unit\n\"\n"))
	f.Add([]byte("season: x\nperiods: [{id: a}, {id: a}, 3]\nruleset: {criteria: [{}], tiers: []}"), byte(3), []byte("\uFEFFunit\r\n\r\n\xff"))
	f.Fuzz(func(t *testing.T, yaml []byte, table byte, text []byte) {
		files := examplePapers(t)
		small(t, files)
		files["season.yaml"] = string(yaml)
		files[tables[int(table)%len(tables)]] = string(text)
		b := open(t, packed(t, files))
		faults := b.Judge(now)
		if slices.ContainsFunc(faults, func(f bundle.Fault) bool {
			return f.Message.VI == "" || f.Message.EN == "" || f.Rule == "" || strings.Contains(f.Message.EN, "%!")
		}) {
			t.Errorf("a fault without words: %+v", faults)
		}
		if len(b.Judge(now)) != len(faults) {
			t.Errorf("judged again it has other faults than %+v", faults)
		}
	})
}
