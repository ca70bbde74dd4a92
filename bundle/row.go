package bundle

import (
	"strings"

	"thidua/domain"
)

// row is one line of a table, read or to be written.
type row interface {
	// cells binds the columns to the row's fields, in the order of spec "bundle".
	cells() []cell
	// from says where the row stands; it is the row's to keep.
	from() *origin
	// about names what the row is about.
	about() subject
	// happened is the row's own moment, not given where it has none.
	happened() domain.Instant
	// command asks the domain for what the row says.
	command(m maker) domain.Command
}

// origin is where a row stands in the papers. Line is 0 for a row that came from the record.
type origin struct {
	file string
	line int
}

func (o *origin) from() *origin { return o }

// subject names what a row is about; a part that does not apply, or could not be read, is "".
type subject struct{ unit, period, criterion, award string }

// maker gives a row what a command holds beyond the row's own cells.
type maker struct {
	season  string
	members []string
	// id is the command's own, actor who gives it.
	id, actor string
	// person returns the ref of a person by the account that the papers name.
	person func(account string) string
	// seal makes a text disclosable; nil for "".
	seal func(field, text string) *domain.Disclosable
}

// cell is one column of a row.
type cell struct {
	column string
	field  field
	use    use
}

// use says what a column is for.
type use uint8

const (
	bold     use = 1 << iota // must be there, and is never empty
	key                      // part of what makes two rows speak of the same thing
	personal                 // can name a person: never part of a digest that stands on the log
)

// content is what a row says, by value: two rows with the same content are the same row.
func content(r row) string { return join(r, 0) }

// identity is what a row speaks of; "" where rows of its table are told apart by their content only.
func identity(r row) string { return join(r, key) }

// join writes the cells of a row that have a use, each behind its column.
func join(r row, with use) string {
	var b strings.Builder
	for _, c := range r.cells() {
		if c.use&with != with {
			continue
		}
		if plain := c.field.plain(); plain != "" {
			b.WriteString(c.column + "\x1f" + plain + "\x1e")
		}
	}
	return b.String()
}

// impersonal lists the columns of a row and their values without those that can name a person.
func impersonal(r row) [][2]string {
	var pairs [][2]string
	for _, c := range r.cells() {
		if plain := c.field.plain(); plain != "" && c.use&personal == 0 {
			pairs = append(pairs, [2]string{c.column, plain})
		}
	}
	return pairs
}

// differing returns the first column in which a row says something other than a row of the record.
func differing(recorded, r row) (column string, differs bool) {
	old := recorded.cells()
	for i, c := range r.cells() {
		if !agrees(old[i].field, c.field) {
			return c.column, true
		}
	}
	return "", false
}

// agrees reports whether a cell says what the record says. What was erased there differs from nothing.
func agrees(recorded, cell field) bool {
	if recorded.plain() == cell.plain() || domain.IsMark(recorded.text()) && !isFiles(recorded) {
		return true
	}
	old, isOld := recorded.(fileNames)
	files, isNew := cell.(fileNames)
	return isOld && isNew && old.agrees(files)
}

func isFiles(f field) bool {
	_, files := f.(fileNames)
	return files
}

// table is one csv file of a bundle.
type table struct {
	file     string
	required bool
	blank    func() row
}

// The files and the folder that are not tables of one kind of row.
const (
	seasonFile     = "season.yaml"
	evidenceFolder = "evidence"
	unitsFile      = "units.csv"
	targetsFile    = "targets.csv"
	signaturesFile = "signatures.csv"
	valuesFile     = "values.csv"
	verifiedFile   = "verifications.csv"
	adjustedFile   = "adjustments.csv"
	exceptionsFile = "exceptions.csv"
	holdsFile      = "holds.csv"
	ballotsFile    = "ballots.csv"
	awardsFile     = "awards.csv"
)

// tables lists the csv files in the order of spec "bundle".
func tables() []table {
	return []table{
		{unitsFile, true, func() row { return &unitRow{} }},
		{targetsFile, true, func() row { return &targetRow{} }},
		{signaturesFile, true, func() row { return &signatureRow{} }},
		{valuesFile, true, func() row { return &valueRow{} }},
		{verifiedFile, false, func() row { return &verificationRow{} }},
		{adjustedFile, false, func() row { return &adjustmentRow{} }},
		{exceptionsFile, false, func() row { return &exceptionRow{} }},
		{holdsFile, false, func() row { return &holdRow{} }},
		{ballotsFile, false, func() row { return &ballotRow{} }},
		{awardsFile, false, func() row { return &awardRow{} }},
	}
}

// named reports whether the rows of a table say what they speak of, so that two of one identity are a contradiction.
func (t table) named() bool { return len(t.with(key)) > 0 }

// columns lists the columns of a table.
func (t table) columns() []string { return t.with(0) }

// with lists the columns that have a use.
func (t table) with(use use) []string {
	var names []string
	for _, c := range t.blank().cells() {
		if c.use&use == use {
			names = append(names, c.column)
		}
	}
	return names
}
