package tables_test

import (
	"context"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"thidua/internal/testenv"
	"thidua/tables"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// shop is a schema with a table that changes by season, one that is written whole, and one without rows, with every type and the values that are hard to write.
func shop() tables.Source {
	return tables.Source{
		Schema: "shop", Moment: "SELECT view, position, parked, epoch FROM shop.moment", Seasons: "SELECT season, position, complete, sensitive FROM shop.season",
		Tables: []tables.Table{
			{Name: "fact_v1", Key: []string{"position"}, BySeason: true, References: []tables.Reference{{Columns: []string{"unit"}, Table: "dim_v1", Key: []string{"unit"}}}},
			{Name: "dim_v1", Key: []string{"unit"}},
			{Name: "none_v1", Key: []string{"unit", "n"}},
		},
	}
}

const shopDDL = `
CREATE SCHEMA shop;
CREATE TABLE shop.moment (view text, position bigint, parked bigint, epoch text);
INSERT INTO shop.moment VALUES ('fact_v1', 7, 0, 'e1'), ('dim_v1', 7, 2, 'e1');
CREATE TABLE shop.season (season text, position bigint, complete boolean, sensitive text[]);
INSERT INTO shop.season VALUES ('s2', 7, true, '{}'), ('s1', 3, true, '{A1}'), ('s3', 2, true, '{}');
CREATE TABLE shop.fact (position bigint PRIMARY KEY, season text, unit text COLLATE "C", amount numeric(12,2), wide numeric, counted boolean, day date, at timestamptz);
CREATE VIEW shop.fact_v1 AS SELECT * FROM shop.fact;
COMMENT ON VIEW shop.fact_v1 IS 'What was counted.';
COMMENT ON COLUMN shop.fact_v1.amount IS 'How much, in đồng.';
CREATE TABLE shop.dim (unit text COLLATE "C" PRIMARY KEY, name text, "odd name" text);
CREATE VIEW shop.dim_v1 AS SELECT * FROM shop.dim;
CREATE VIEW shop.none_v1 AS SELECT unit, 1::bigint AS n FROM shop.dim WHERE false;
INSERT INTO shop.fact VALUES
  (3, 's1', 'b', 1.50, -0.000001, true, '2019-10-31', '2019-10-31T23:59:59.5+07:00'),
  (1, 's1', 'a', -9999999999.99, 99999999999999999999999999999999.999999, false, '0001-01-01', '1969-12-31T23:59:59.999999Z'),
  (2, 's2', 'a', NULL, NULL, NULL, NULL, NULL),
  (7, 's2', 'c', 0, 12.5000000000, true, '9999-12-31', '9999-12-31T23:59:59Z');
INSERT INTO shop.dim VALUES
  ('a', E'Hội "Phụ nữ"; a, b\\c\r\nsecond line\ttab (1)', ''), ('b', '=1+2', NULL), ('c', '-5', E'\x01 '), ('d', '＋x', ' x'), ('e', '@x', '"'), ('f', E'\r', E'\\');`

// filled is a database with the shop.
func filled(t *testing.T) *sqlx.DB {
	t.Helper()
	return testenv.PostgresWith(t, "shop", func(ctx context.Context, db *sqlx.DB) error {
		_, err := db.ExecContext(ctx, shopDDL)
		return err
	})
}

// export exports the shop.
func export(t *testing.T, db *sqlx.DB, out string, w tables.Wish) *tables.Manifest {
	t.Helper()
	m, err := shop().Export(t.Context(), db, out, w)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// wide is a number of 128 bits in two's complement.
func wide(b []byte) string {
	n := new(big.Int).SetBytes(b)
	if b[0] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), 128))
	}
	return n.String()
}

// sorted is a text with its lines in order.
func sorted(text string) string {
	return strings.Join(slices.Sorted(strings.Lines(text)), "")
}
