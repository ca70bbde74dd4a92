package bundle_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"thidua/internal/testenv"
)

// small keeps what is needed of the papers to have every kind of row that a running season has, and few of each.
func small(t testing.TB, files papers) {
	t.Helper()
	lean(t, files)
	running(t, files)
	lines := strings.SplitAfter(files["values.csv"], "\n")
	files["values.csv"] = strings.Join(append(lines[:70:70], lines[114:120]...), "")
	lines = strings.SplitAfter(files["verifications.csv"], "\n")
	files["verifications.csv"] = strings.Join(lines[:2], "")
}

// shuffled writes a table with its rows and columns in another order, with other line ends, and perhaps with a byte order mark.
func shuffled(t *rapid.T, text string) string {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	columns := make([]int, len(rows[0]))
	for i := range columns {
		columns[i] = i
	}
	columns = rapid.Permutation(columns).Draw(t, "columns")
	rows = append(rows[:1:1], rapid.Permutation(rows[1:]).Draw(t, "rows")...)
	var out bytes.Buffer
	if rapid.Bool().Draw(t, "mark") {
		out.WriteString("\uFEFF")
	}
	w := csv.NewWriter(&out)
	w.UseCRLF = rapid.Bool().Draw(t, "crlf")
	for _, row := range rows {
		moved := make([]string, len(row))
		for to, from := range columns {
			moved[to] = row[from]
		}
		if err := w.Write(moved); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	return out.String()
}

func TestOrderMakesNoDifference(t *testing.T) {
	log := openLog(t, testenv.NATS(t))
	as := edited(t, small)
	imported(t, log, as)
	want := open(t, as).Digest()
	rapid.Check(t, func(rt *rapid.T) {
		files := examplePapers(t)
		small(t, files)
		for name, text := range files {
			if strings.HasSuffix(name, ".csv") {
				files[name] = shuffled(rt, text)
			}
		}
		b := open(t, packed(t, files))
		if got := b.Digest(); got != want {
			rt.Errorf("digest %s, want %s", got, want)
		}
		result, err := b.Import(t.Context(), log, options())
		if err != nil || !result.Unchanged {
			rt.Errorf("the same papers in another order: %+v, %v", result, err)
		}
	})
}

func TestDigestTellsPapersApart(t *testing.T) {
	same := open(t, edited(t, small)).Digest()
	for name, edit := range map[string]edit{
		"a value":       replace("values.csv", "ha-giang,2019-Q1,A1,8,", "ha-giang,2019-Q1,A1,9,"),
		"a row moved":   replace("values.csv", "ha-giang,2019-Q1,A1,8,", "ha-giang,2019-Q2,A1,8,"),
		"the season":    replace("season.yaml", "bonus_cap: 50", "bonus_cap: 49"),
		"a row twice":   appended("adjustments.csv", "lai-chau,penalty,4,Không tham gia kiểm tra chéo,cụm trưởng,2019-11-28T09:10:00+07:00"),
		"a new unit":    appended("units.csv", "hue,Huế,,province,vwu,46"),
		"a cell's side": replace("adjustments.csv", "Không tham gia kiểm tra chéo,cụm trưởng", "cụm trưởng,Không tham gia kiểm tra chéo"),
	} {
		if open(t, edited(t, small, edit)).Digest() == same {
			t.Errorf("%s makes no difference", name)
		}
	}
}
