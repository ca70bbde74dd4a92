package tables

import "thidua/domain"

// Table says of a view what the database does not know of one. All else, the columns, their types and their words, is read from its catalogue.
type Table struct {
	Name string
	// Key are the columns by which each row is found, in the order of the files. They are never null.
	Key []string
	// References are the columns that name rows of other tables.
	References []Reference
	// BySeason says that its rows only change with their season, so that an export can be continued with the seasons that have changed. Any other
	// table is written whole each time.
	BySeason bool
}

// Reference says that columns of a table are the key of another.
type Reference struct {
	Columns []string
	Table   string
	Key     []string // of that table
}

// Source is a schema of views that are exported together.
type Source struct {
	Schema string
	// Moment is a query that gives a row for each view: its name, the position of the log that it is of, how many events it had to leave out, and the
	// epoch of that log. An export waits for a moment at which all positions are the same.
	Moment string
	// Seasons is a query that gives a row for each season: its id, the position of its last event, whether its rows are whole, and those of its criteria
	// that are sensitive, in order: with any of these its rows change.
	Seasons string
	Tables  []Table
}

// kind is what a column holds.
type kind int

const (
	text kind = iota
	number
	integer
	truth
	day
	moment
)

// column is a column of a view as the database knows it.
type column struct {
	name, comment    string
	kind             kind
	precision, scale int // of a number
	key              bool
}

// view is a table with what the database knows of it.
type view struct {
	Table
	comment string
	columns []column
	season  bool // whether its rows are of seasons
}

// Numbers whose view does not say of how many digits they are. Six after the point is what a form can say (rule "number").
const (
	defaultPrecision = 38
	defaultScale     = 6
)

// Refusal says why there is no export, to the person who asked.
type Refusal struct {
	text    domain.Text
	passing bool
}

// Error gives the reason in English.
func (e *Refusal) Error() string { return e.text.EN }

// Text gives the reason in both languages.
func (e *Refusal) Text() domain.Text { return e.text }

// Passing reports whether the same export may well come about in a moment: something else was writing.
func (e *Refusal) Passing() bool { return e.passing }
