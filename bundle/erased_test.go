package bundle_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/bundle"
	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
	"thidua/projections"
)

// TestErasedPapers erases every other text and file of a season, then the rest: the papers of before and the export are the same season here, and the
// export is the same season elsewhere.
func TestErasedPapers(t *testing.T) {
	t.Parallel()
	log := openLog(t, testenv.NATS(t))
	two := replace("values.csv", "ha-giang-a1-2019-q2.txt", "ha-giang-a1-2019-q2.txt;ha-giang-a1-2019-q3.txt") // so one name of two can be gone
	papers := edited(t, withEvidence("ha-giang"), two)
	imported(t, log, papers)
	ranking := world(t, log).Ranking(now).Standings
	for half := range 2 {
		eraseEvery(t, log, half)
		out := exported(t, log, "out")
		for _, again := range []string{papers, out} {
			if result := imported(t, log, again); !result.Unchanged {
				t.Errorf("half %d: import of %s adds %d events", half, again, result.Events)
			}
		}
		elsewhere := openLog(t, testenv.NATS(t))
		imported(t, elsewhere, out)
		if diff := cmp.Diff(ranking, world(t, elsewhere).Ranking(now).Standings); diff != "" {
			t.Errorf("half %d: ranking (-here +elsewhere):\n%s", half, diff)
		}
		if diff := cmp.Diff(filesOf(t, out), filesOf(t, exported(t, elsewhere, "out"))); diff != "" {
			t.Errorf("half %d: export (-here +elsewhere):\n%s", half, diff)
		}
	}
	for name, text := range filesOf(t, exported(t, log, "bare")) {
		if strings.Contains(text, "vanphong.") || strings.Contains(text, "ktgs.") || strings.HasPrefix(name, "evidence/") {
			t.Errorf("%s is exported although everything was erased: %.200s", name, text)
		}
	}
}

// eraseEvery erases every other text and file, of the first half or the second.
func eraseEvery(t *testing.T, log *eventlog.Log, half int) {
	t.Helper()
	e := &domain.DisclosureErased{Disclosures: []string{}, Evidence: []string{}, Purposes: []string{domain.PurposeTexts}, By: "p-1", ApprovedBy: "p-2"}
	person := "p-" + strings.Repeat(fmt.Sprint(half), 32)
	e.By, e.ApprovedBy = person, person
	seen := map[string]bool{}
	_, err := log.Check(t.Context(), func(r domain.Recorded) error {
		if r.Stream.Aggregate == domain.AggregatePerson && r.Event.Words() != "person.registered" {
			return nil
		}
		for i, d := range projections.Disclosables(r.Event) {
			if (int(r.Position)+i)%2 == half {
				e.Disclosures = append(e.Disclosures, d.Digest)
			}
		}
		if v, ok := r.Event.(*domain.IndicatorReported); ok {
			for _, f := range v.Evidence {
				if !seen[f.SHA256] && len(seen)%2 == half {
					e.Evidence = append(e.Evidence, f.SHA256)
				}
				seen[f.SHA256] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for len(e.Disclosures) > 0 { // an event takes no more
		part := *e
		part.Disclosures = e.Disclosures[:min(1000, len(e.Disclosures))]
		e.Disclosures = e.Disclosures[len(part.Disclosures):]
		carryOut(t, log, person, &part)
	}
}

// carryOut puts an erasure on the log and does what it says.
func carryOut(t *testing.T, log *eventlog.Log, person string, e *domain.DisclosureErased) {
	t.Helper()
	basis, disclosure, err := log.Seal("basis", "đơn đề nghị")
	if err != nil {
		t.Fatal(err)
	}
	e.Basis = basis
	name := append([]string{"erase", person}, e.Disclosures...)
	_, err = log.Append(t.Context(), domain.Append{
		Issue:   domain.Issue{ID: log.CommandID(name...), Digest: domain.Digest(name), Actor: "system:test", Disclosures: []domain.Disclosure{disclosure}},
		Changes: []domain.Change{{Stream: domain.PersonStream(person), Event: e}},
	})
	if err == nil {
		err = log.Forget(t.Context(), person, e)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A text that is missing is not taken for one that was erased.
func TestExportOfWhatIsMissing(t *testing.T) {
	t.Parallel()
	log := openLog(t, testenv.NATS(t))
	imported(t, log, edited(t, lean))
	var digest string
	if _, err := log.Check(t.Context(), func(r domain.Recorded) error {
		if e, ok := r.Event.(*domain.PointsAdjusted); ok {
			digest = e.Reason.Digest
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := log.Forget(t.Context(), "p-nobody", &domain.DisclosureErased{Disclosures: []string{digest}}); err != nil {
		t.Fatal(err)
	}
	err := bundle.Export(t.Context(), log, season, t.TempDir()+"/out")
	if err == nil || !strings.Contains(err.Error(), "no event erased it") {
		t.Errorf("the export ends with %v", err)
	}
}

func TestFaultsOfMarks(t *testing.T) {
	text, file := domain.TextMark(strings.Repeat("A", 43)), domain.FileMark(strings.Repeat("0", 64), 7)
	runFaultCases(t, []faultCase{
		{"the mark of a text", []edit{replace("values.csv", "Nhập nhầm kỳ; nhập lại ở dòng sau", text)}, nil},
		{"the mark of a person", []edit{rewrite("adjustments.csv", func(_ testing.TB, csv string) string {
			return strings.ReplaceAll(csv, "cụm trưởng", domain.PersonMark("p-"+strings.Repeat("0", 32)))
		})}, nil},
		{"what is no mark", []edit{replace("values.csv", "Nhập nhầm kỳ; nhập lại ở dòng sau", "erased: nhầm")}, []string{"values.csv:719 reason text-form"}},
		{"the mark of a file, which is not there", []edit{appended("values.csv", "son-la,2019-Q2,A1,11,,2019-07-04T17:31:00+07:00,x,"+file+",because,")}, nil},
		{"a file whose name is no mark", []edit{appended("values.csv", "son-la,2019-Q2,A1,11,,2019-07-04T17:31:00+07:00,x,"+text+",because,")}, []string{"values.csv:721 evidence evidence-name"}},
	})
}
