package tables_test

import (
	"encoding/csv"
	"encoding/json"
	"math/big"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lib/pq"
	"pgregory.net/rapid"

	"thidua/tables"
)

// drawn is what a row holds: a text of characters that mean something to one of the formats, and a number in units of its last digit.
type drawn struct {
	text     string
	unscaled *big.Int
}

func drawnRow(t *rapid.T) drawn {
	text := rapid.StringOf(rapid.SampledFrom([]rune("aế,;\"\\'()\r\n\t =+-@{}:\x01\x7f\u2028😀"))).Draw(t, "text")
	digits := rapid.StringMatching(`-?[0-9]{1,38}`).Draw(t, "digits")
	n, _ := new(big.Int).SetString(digits, 10)
	return drawn{text, n}
}

// decimal writes a number of six digits behind the point.
func (d drawn) decimal() string {
	digits := new(big.Int).Abs(d.unscaled).String()
	if short := 7 - len(digits); short > 0 {
		digits = strings.Repeat("0", short) + digits
	}
	text := digits[:len(digits)-6] + "." + digits[len(digits)-6:]
	if d.unscaled.Sign() < 0 {
		return "-" + text
	}
	return text
}

// Whatever a text or a number is, it comes out of each format as it went into the database.
func TestDrawn(t *testing.T) {
	db, dir := filled(t), t.TempDir()
	var rows []drawn
	var texts, decimals []string
	for seed := range 500 {
		row := rapid.Custom(drawnRow).Example(seed)
		if seed%3 == 2 { // also the same again
			row = rows[seed-1]
		}
		rows = append(rows, row)
		texts, decimals = append(texts, rows[seed].text), append(decimals, rows[seed].decimal())
	}
	db.MustExec("DELETE FROM shop.fact")
	db.MustExec("INSERT INTO shop.fact (position, unit, wide) SELECT n, t, w::numeric FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS all_rows (t, w, n)", pq.Array(texts), pq.Array(decimals))
	files := map[tables.Format]string{}
	for _, format := range tables.Formats() {
		m := export(t, db, filepath.Join(dir, string(format)), tables.Wish{Format: format, Tables: []string{"fact_v1"}})
		files[format] = filepath.Join(string(format), m.Tables[0].Files[0].Path)
	}
	all := tree(t, dir)
	reader := csv.NewReader(strings.NewReader(all[files[tables.CSV]]))
	records, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	_, stored := readParquet(t, filepath.Join(dir, files[tables.Parquet]))
	lines := strings.Split(strings.TrimSuffix(all[files[tables.NDJSON]], "\n"), "\n")
	for i, row := range rows {
		var object struct{ Unit, Wide string }
		if err := json.Unmarshal([]byte(lines[i]), &object); err != nil {
			t.Fatalf("%s: %v", lines[i], err)
		}
		record, values := records[i+1], strings.Split(stored[i], "|")
		got := [][]string{{object.Unit, object.Wide}, {record[2], record[4]}, {values[2], values[4]}}
		want := [][]string{
			{row.text, row.decimal()},
			{strings.ReplaceAll(row.text, "\r\n", "\n"), row.decimal()}, // which the reader makes of it
			{row.text, row.unscaled.String()},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("row %d (-want +got):\n%s", i+1, diff)
		}
	}
}
