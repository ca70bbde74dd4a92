package tables

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"thidua/domain"
)

// columnsQuery asks for the columns of a view, in their order.
const columnsQuery = `
SELECT a.attname, t.typname, a.atttypmod, COALESCE(col_description(c.oid, a.attnum), ''), COALESCE(obj_description(c.oid, 'pg_class'), '')
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
WHERE n.nspname = $1 AND c.relname = $2
ORDER BY a.attnum`

// kinds are the types of columns that can be exported.
var kinds = map[string]kind{
	"text": text, "varchar": text, "numeric": number, "int2": integer, "int4": integer, "int8": integer, "bool": truth, "date": day, "timestamptz": moment,
}

// views finds what is asked for in the catalogue: the named tables, all where none is named.
func (s Source) views(ctx context.Context, tx *sqlx.Tx, names []string) ([]view, error) {
	var found []view
	for _, t := range s.Tables {
		if len(names) > 0 && !slices.Contains(names, t.Name) {
			continue
		}
		v, err := s.view(ctx, tx, t)
		if err != nil {
			return nil, fmt.Errorf("tables: %s.%s: %w", s.Schema, t.Name, err)
		}
		found = append(found, v)
	}
	return found, nil
}

// Check judges that all names are those of tables of the source. The error is a *Refusal.
func (s Source) Check(names []string) error {
	var known []string
	for _, t := range s.Tables {
		known = append(known, t.Name)
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			list := strings.Join(known, ", ")
			return &Refusal{text: domain.Text{
				VI: fmt.Sprintf("Không có bảng %q. Các bảng: %s.", name, list), EN: fmt.Sprintf("There is no table %q. The tables: %s.", name, list),
			}}
		}
	}
	return nil
}

func (s Source) view(ctx context.Context, tx *sqlx.Tx, t Table) (v view, err error) {
	v.Table = t
	rows, err := tx.QueryContext(ctx, columnsQuery, s.Schema, t.Name)
	if err != nil {
		return v, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var c column
		var typeName string
		var modifier int
		if err := rows.Scan(&c.name, &typeName, &modifier, &c.comment, &v.comment); err != nil {
			return v, err
		}
		if err := c.settle(typeName, modifier); err != nil {
			return v, err
		}
		c.key = slices.Contains(t.Key, c.name)
		v.season = v.season || c.name == "season"
		v.columns = append(v.columns, c)
	}
	return v, rows.Err()
}

// settle reads the type of a column. The modifier of a number is its precision and scale (PostgreSQL, numeric.c).
func (c *column) settle(typeName string, modifier int) error {
	known, ok := kinds[typeName]
	if !ok {
		return fmt.Errorf("column %s: the type %s has no form in the files", c.name, typeName)
	}
	c.kind, c.precision, c.scale = known, defaultPrecision, defaultScale
	if known == number && modifier >= 4 {
		c.precision, c.scale = (modifier-4)>>16&0xffff, (modifier-4)&0x7ff
	}
	if c.precision > defaultPrecision || c.scale > c.precision {
		return fmt.Errorf("column %s: numeric(%d,%d) has no form in the files", c.name, c.precision, c.scale)
	}
	return nil
}

// query reads the rows of a view in the order of its key, each as one record: a value at a time through the driver would cost more than all else.
func (s Source) query(v view, which selection) string {
	var b strings.Builder
	b.WriteString("SELECT r FROM (SELECT ")
	for i, c := range v.columns {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(pq.QuoteIdentifier(c.name))
	}
	b.WriteString(s.from(v, which) + " ORDER BY ")
	for i, name := range v.Key {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(pq.QuoteIdentifier(name))
		if slices.ContainsFunc(v.columns, func(c column) bool { return c.name == name && c.kind == text }) {
			b.WriteString(` COLLATE "C"`) // whatever the database was made with
		}
	}
	return b.String() + ") r"
}

// selection says which rows of a view are wanted.
type selection struct {
	only    bool     // those of the seasons
	seasons []string // in order
}

// from is the part of a query that says which rows.
func (s Source) from(v view, which selection) string {
	from := " FROM " + pq.QuoteIdentifier(s.Schema) + "." + pq.QuoteIdentifier(v.Name)
	if !which.only {
		return from
	}
	var list []string
	for _, season := range which.seasons {
		list = append(list, pq.QuoteLiteral(season))
	}
	return from + " WHERE season = ANY (ARRAY[" + strings.Join(list, ", ") + "]::text[])"
}
