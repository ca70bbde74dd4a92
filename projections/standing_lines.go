package projections

import (
	"slices"
	"strconv"

	"thidua/domain"
)

// writtenSeason is what the tables hold of a season, so that only what differs is written.
type writtenSeason struct {
	lines    map[string]lineRow  // by unit
	sheets   map[string]sheetRow // by unit
	criteria []string
}

// lineRow is a row of the table standing, without its key.
type lineRow struct {
	rank, late, absent                     int
	total, indicatorPoints, bonus, penalty string
	verifiedShare, tier                    string
	eligible                               bool
}

// sheetRow is a row of the table sheet, without its key; arrays are in the form that Postgres reads.
type sheetRow struct{ states, targets, actuals, attainments, points string }

func mergedStandings() *merged {
	return &merged{table: "standing", keys: 2, columns: []column{
		{name: "season", kind: "text"},
		{name: "unit", kind: "text"},
		{name: "rank", kind: "integer"},
		{name: "total", kind: "numeric"},
		{name: "indicator_points", kind: "numeric"},
		{name: "bonus", kind: "numeric"},
		{name: "penalty", kind: "numeric"},
		{name: "late", kind: "integer"},
		{name: "absent", kind: "integer"},
		{name: "verified_share", kind: "numeric"},
		{name: "tier", kind: "text"},
		{name: "eligible", kind: "boolean"},
	}}
}

func mergedSheets() *merged {
	return &merged{table: "sheet", keys: 2, columns: []column{
		{name: "season", kind: "text"},
		{name: "unit", kind: "text"},
		{name: "states", kind: "text"},
		{name: "targets", kind: "numeric[]"},
		{name: "actuals", kind: "numeric[]"},
		{name: "attainments", kind: "numeric[]"},
		{name: "points", kind: "numeric[]"},
	}}
}

// add notes what of a season's ranking differs from what the tables hold. Where that is not known, or other units or criteria are in it, all is.
func (b *standingsBatch) add(f *seasonFold, header rankingRow, lines []domain.Scored) {
	b.rankings = append(b.rankings, header)
	criteria := criteriaOf(lines)
	if f.written == nil || !f.written.covers(lines, criteria) {
		if f.written == nil || len(f.written.lines) > 0 {
			b.anew = append(b.anew, header.Season)
		}
		f.written = &writtenSeason{lines: map[string]lineRow{}, sheets: map[string]sheetRow{}, criteria: criteria}
		for i, id := range criteria {
			b.criteria.add(header.Season, i+1, id)
		}
	}
	for _, line := range lines {
		b.addLine(f.written, header.Season, line)
	}
}

func (b *standingsBatch) addLine(written *writtenSeason, season string, line domain.Scored) {
	row := lineRow{
		line.Rank, line.Late, line.Absent, line.Total, line.IndicatorPoints, line.Bonus, line.Penalty, line.VerifiedShare, line.Tier, line.Eligible,
	}
	if old, ok := written.lines[line.Unit]; !ok || old != row {
		written.lines[line.Unit] = row
		b.lines.add(season, line.Unit, strconv.Itoa(row.rank), row.total, row.indicatorPoints, row.bonus, row.penalty,
			strconv.Itoa(row.late), strconv.Itoa(row.absent), row.verifiedShare, row.tier, strconv.FormatBool(row.eligible))
	}
	old, ok := written.sheets[line.Unit]
	if ok && !line.Fresh {
		return
	}
	if sheet := sheetOf(line.Items); !ok || old != sheet {
		written.sheets[line.Unit] = sheet
		b.sheets.add(season, line.Unit, sheet.states, sheet.targets, sheet.actuals, sheet.attainments, sheet.points)
	}
}

// covers reports whether a ranking has the units and the criteria that are written.
func (w *writtenSeason) covers(lines []domain.Scored, criteria []string) bool {
	if len(w.lines) != len(lines) || !slices.Equal(w.criteria, criteria) {
		return false
	}
	for _, line := range lines {
		if _, ok := w.lines[line.Unit]; !ok {
			return false
		}
	}
	return true
}

// size is about how many bytes the rows take.
func (w *writtenSeason) size() int {
	if w == nil {
		return 0
	}
	const perLine, perItem = 400, 30
	return len(w.lines) * (perLine + perItem*len(w.criteria))
}

func (f *seasonFold) size() int { return f.board.Size() + f.written.size() }

// criteriaOf lists the criteria, which are the same of all lines.
func criteriaOf(lines []domain.Scored) []string {
	if len(lines) == 0 {
		return nil
	}
	criteria := make([]string, len(lines[0].Items))
	for i, item := range lines[0].Items {
		criteria[i] = item.Criterion
	}
	return criteria
}

func sheetOf(items []domain.StandingItem) sheetRow {
	states := make([]byte, len(items))
	const perNumber = 8
	targets, actuals := make(array, 0, perNumber*len(items)), make(array, 0, perNumber*len(items))
	attainments, points := make(array, 0, perNumber*len(items)), make(array, 0, perNumber*len(items))
	for i, item := range items {
		states[i] = letter(item)
		targets.add(item.Target)
		actuals.add(item.Actual)
		attainments.add(item.Attainment)
		points.add(&item.Points)
	}
	return sheetRow{string(states), targets.text(), actuals.text(), attainments.text(), points.text()}
}

// letter is the item's in the column states.
func letter(item domain.StandingItem) byte {
	switch {
	case item.Verified:
		return 'V'
	case item.State == "scored":
		return 'S'
	case item.State == "missing":
		return 'M'
	case item.State == "no_target":
		return 'T'
	}
	return 'N'
}

// array is the text of an array of numbers in the making.
type array []byte

func (a *array) add(number *string) {
	if len(*a) > 0 {
		*a = append(*a, ',')
	}
	if number == nil {
		*a = append(*a, "NULL"...)
		return
	}
	*a = append(*a, *number...)
}

func (a array) text() string { return "{" + string(a) + "}" }
