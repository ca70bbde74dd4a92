package bundle_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/bundle"
)

// places writes faults as "file:line column rule", the line as - and no column where there is none.
func places(faults []bundle.Fault) []string {
	var written []string
	for _, f := range faults {
		line := "-"
		if f.Line != nil {
			line = fmt.Sprint(*f.Line)
		}
		written = append(written, strings.Join(strings.Fields(fmt.Sprintf("%s:%s %s %s", f.File, line, f.Column, f.Rule)), " "))
	}
	return written
}

// faultCase is a bundle with errors, and what is told of it: every cause, and nothing else.
type faultCase struct {
	name  string
	edits []edit
	want  []string
}

func runFaultCases(t *testing.T, cases []faultCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			faults := open(t, edited(t, c.edits...)).Judge(now)
			if diff := cmp.Diff(c.want, places(faults)); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
			for _, f := range faults {
				if f.Message.VI == "" || f.Message.EN == "" || strings.Contains(f.Message.VI+f.Message.EN, "%!") {
					t.Errorf("message of %s: %+v", f.Rule, f.Message)
				}
			}
		})
	}
}

func TestFaultsOfFiles(t *testing.T) {
	runFaultCases(t, []faultCase{
		{"a required file is missing", []edit{removed("targets.csv")}, []string{"targets.csv:- file-missing"}},
		{"tables that may be absent", []edit{removed("verifications.csv"), removed("adjustments.csv"), removed("exceptions.csv"), removed("holds.csv"), removed("ballots.csv"), removed("awards.csv")}, nil},
		{"an unknown file", []edit{written("notes.txt", "")}, []string{"notes.txt:- file-unknown"}},
		{"what machines leave behind", []edit{written(".DS_Store", ""), written("Thumbs.db", ""), written("desktop.ini", ""), written("~$values.csv", ""), written("evidence/.hidden", "")}, nil},
		{"an empty table", []edit{written("holds.csv", "")}, []string{"holds.csv:1 csv"}},
		{"a table that is not UTF-8", []edit{written("holds.csv", "unit,from,to,reason,document\nha-giang,2019-11-01,,H\xe0,\n")}, []string{"holds.csv:2 utf-8"}},
		{"a table with a byte order mark and CRLF", []edit{rewrite("values.csv", func(_ testing.TB, text string) string { return "\uFEFF" + strings.ReplaceAll(text, "\n", "\r\n") })}, nil},
		{"blank lines", []edit{rewrite("holds.csv", func(_ testing.TB, text string) string { return strings.ReplaceAll(text, "\n", "\n\n") })}, nil},
		{"text that is not in NFC", []edit{rewrite("units.csv", func(_ testing.TB, text string) string { return strings.ReplaceAll(text, "à", "a\u0300") })}, nil},
		{"evidence that is not there", []edit{removed("evidence/cao-bang-a1-2019-q1.txt")}, []string{"values.csv:111 evidence evidence-missing"}},
		{"evidence that nobody names", []edit{written("evidence/stray.pdf", "x")}, []string{"evidence/stray.pdf:- evidence-unnamed"}},
		{"evidence above 20 MiB", []edit{written("evidence/cao-bang-a1-2019-q1.txt", string(bytes.Repeat([]byte("x"), 20<<20+1)))}, []string{"evidence/cao-bang-a1-2019-q1.txt:- evidence-size"}},
		{"evidence of 20 MiB", []edit{written("evidence/cao-bang-a1-2019-q1.txt", string(bytes.Repeat([]byte("x"), 20<<20)))}, nil},
		{"evidence in a folder", []edit{replace("values.csv", "cao-bang-a1-2019-q1.txt", "x/cao-bang-a1-2019-q1.txt")}, []string{"values.csv:111 evidence evidence-name"}},
	})
}

func TestFaultsOfTables(t *testing.T) {
	const first = "ha-giang,2019-Q1,A1,8,,2019-04-05T23:30:00+00:00,vanphong.hagiang,,,"
	runFaultCases(t, []faultCase{
		{"a missing column", []edit{replace("holds.csv", ",from,", ",start,")}, []string{"holds.csv:1 start column-unknown", "holds.csv:1 from column-missing"}},
		{"an unknown column", []edit{rewrite("holds.csv", func(_ testing.TB, text string) string { return strings.ReplaceAll(text, "\n", ",x\n") })}, []string{"holds.csv:1 x column-unknown"}},
		{"a column twice", []edit{replace("exceptions.csv", "granted_by,reason", "reason,reason")}, []string{"exceptions.csv:1 reason column-duplicate", "exceptions.csv:1 granted_by column-missing"}},
		{"an optional column is absent", []edit{written("holds.csv", "from,unit,reason\n2019-12-20,ha-giang,x\n")}, nil},
		{"too few cells", []edit{appended("holds.csv", "ha-giang,2019-11-01")}, []string{"holds.csv:3 cells"}},
		{"too many cells", []edit{appended("holds.csv", "ha-giang,2019-11-01,,x,,")}, []string{"holds.csv:3 cells"}},
		{"an open quote", []edit{appended("holds.csv", `ha-giang,2019-11-01,,"x,`)}, []string{"holds.csv:3 csv"}},
		{"an empty bold cell, quoted", []edit{appended("holds.csv", `ha-giang,2019-11-01,,"",`)}, []string{"holds.csv:3 reason empty"}},
		{"a row after a cell of two lines", []edit{appended("holds.csv", "ha-giang,2019-12-21,,\"two\nlines\",", "ha-giang,soon,,x,")}, []string{"holds.csv:5 from date-form"}},
		{"not a number", []edit{replace("values.csv", first, strings.Replace(first, ",8,", ",NaN,", 1))}, []string{"values.csv:2 value number-form"}},
		{"an exponent", []edit{replace("values.csv", first, strings.Replace(first, ",8,", ",1e5,", 1))}, []string{"values.csv:2 value number-form"}},
		{"a sign", []edit{replace("values.csv", first, strings.Replace(first, ",8,", ",-1,", 1))}, []string{"values.csv:2 value number-form"}},
		{"a decimal comma", []edit{replace("values.csv", first, strings.Replace(first, ",8,", `,"8,5",`, 1))}, []string{"values.csv:2 value number-form"}},
		{"seven decimals", []edit{replace("values.csv", first, strings.Replace(first, ",8,", ",8.1234567,", 1))}, []string{"values.csv:2 value number-form"}},
		{"a space before a number", []edit{replace("values.csv", first, strings.Replace(first, ",8,", ", 8,", 1))}, []string{"values.csv:2 value number-form"}},
		{"an instant that does not exist", []edit{replace("values.csv", first, strings.Replace(first, "2019-04-05T", "2019-02-30T", 1))}, []string{"values.csv:2 submitted_at instant-form"}},
		{"a date that does not exist", []edit{replace("holds.csv", "2019-11-01", "2019-02-30")}, []string{"holds.csv:2 from date-form"}},
		{"a text of 1,001 characters", []edit{appended("holds.csv", "ha-giang,2019-12-21,,"+strings.Repeat("ế", 1001)+",")}, []string{"holds.csv:3 reason text-form"}},
		{"a text of 1,000 characters", []edit{appended("holds.csv", "ha-giang,2019-12-21,,"+strings.Repeat("ế", 1000)+",")}, nil},
	})
}

func TestFaultsOfUnits(t *testing.T) {
	runFaultCases(t, []faultCase{
		{"a member is not listed", []edit{without("units.csv", "son-la,")}, []string{"season.yaml:6 members.5 unit-listed"}},
		{"a listed unit with an error of form is listed", []edit{replace("units.csv", "province,vwu,14", "province,VWU,14")}, []string{"units.csv:8 parent id-form"}},
		{"a parent is not listed", []edit{without("units.csv", "vwu,Trung ")}, []string{"units.csv:8 parent unit-listed"}},
		{"units that stand above each other", []edit{replace("units.csv", "central,,", "central,son-la,")}, []string{"units.csv:8 parent unit-cycle"}},
		{"a unit twice, once under a circle that it is not in", []edit{appended("units.csv", "a,A,,x,b,", "b,B,,x,a,", "c,C,,x,c,", "c,C,,x,a,")}, []string{"units.csv:11 parent unit-cycle", "units.csv:12 parent unit-cycle", "units.csv:13 unit contradiction"}},
		{"a unit twice", []edit{appended("units.csv", "son-la,x,,province,,")}, []string{"units.csv:10 unit contradiction"}},
		{"a row of a unit that is no member", []edit{appended("adjustments.csv", "hoa-binh,bonus,1,x,y,2019-11-28T09:00:00+07:00")}, []string{"adjustments.csv:8 unit member"}},
		{"a signature of a unit that is no member, where one is missing", []edit{replace("signatures.csv", "lang-son,", "langson,")}, []string{"signatures.csv:8 unit member"}},
	})
}
