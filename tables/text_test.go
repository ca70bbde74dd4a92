package tables_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/tables"
)

// written is what the rows of a fact and of a dimension become in a form.
type written struct {
	name      string
	wish      tables.Wish
	fact, dim []string
}

func writtenForms() []written {
	return []written{
		{
			"csv",
			tables.Wish{Format: tables.CSV},
			[]string{
				"position,season,unit,amount,wide,counted,day,at",
				"1,s1,a,-9999999999.99,99999999999999999999999999999999.999999,false,0001-01-01,1969-12-31T23:59:59.999999Z",
				"2,s2,a,,,,,",
				"3,s1,b,1.50,-0.000001,true,2019-10-31,2019-10-31T16:59:59.5Z",
				"7,s2,c,0.00,12.5000000000,true,9999-12-31,9999-12-31T23:59:59Z",
			},
			[]string{
				"unit,name,odd name", "a,\"Hội \"\"Phụ nữ\"\"; a, b\\c", "second line\ttab (1)\",\"\"", "b,=1+2,", "c,-5,\"\x01 \"", "d,＋x,\" x\"", "e,@x,\"\"\"\"", "f,\"\r\",\\",
			},
		},
		{
			"csv for Vietnamese Excel",
			tables.Wish{Format: tables.CSV, Dialect: tables.Vietnamese},
			[]string{
				"\ufeffposition;season;unit;amount;wide;counted;day;at",
				"1;s1;a;-9999999999,99;99999999999999999999999999999999,999999;false;01/01/0001;01/01/1970 06:59:59",
				"2;s2;a;;;;;",
				"3;s1;b;1,50;-0,000001;true;31/10/2019;31/10/2019 23:59:59",
				"7;s2;c;0,00;12,5000000000;true;31/12/9999;01/01/10000 06:59:59",
			},
			[]string{
				"\ufeffunit;name;odd name", "a;\"Hội \"\"Phụ nữ\"\"; a, b\\c", "second line\ttab (1)\";\"\"", "b;'=1+2;", "c;'-5;\"\x01 \"", "d;'＋x;\" x\"", "e;'@x;\"\"\"\"", "f;\"'\r\";\\",
			},
		},
		{
			"ndjson",
			tables.Wish{Format: tables.NDJSON},
			[]string{
				`{"position":1,"season":"s1","unit":"a","amount":"-9999999999.99","wide":"99999999999999999999999999999999.999999","counted":false,"day":"0001-01-01","at":"1969-12-31T23:59:59.999999Z"}`,
				`{"position":2,"season":"s2","unit":"a","amount":null,"wide":null,"counted":null,"day":null,"at":null}`,
				`{"position":3,"season":"s1","unit":"b","amount":"1.50","wide":"-0.000001","counted":true,"day":"2019-10-31","at":"2019-10-31T16:59:59.5Z"}`,
				`{"position":7,"season":"s2","unit":"c","amount":"0.00","wide":"12.5000000000","counted":true,"day":"9999-12-31","at":"9999-12-31T23:59:59Z"}`,
			},
			[]string{
				`{"unit":"a","name":"Hội \"Phụ nữ\"; a, b\\c\r\nsecond line\ttab (1)","odd name":""}`,
				`{"unit":"b","name":"=1+2","odd name":null}`,
				`{"unit":"c","name":"-5","odd name":"\u0001 "}`,
				`{"unit":"d","name":"＋x","odd name":" x"}`,
				`{"unit":"e","name":"@x","odd name":"\""}`,
				`{"unit":"f","name":"\r","odd name":"\\"}`,
			},
		},
	}
}

// golden are the files of the shop in the forms that are text, by the letter.
func TestText(t *testing.T) {
	db := filled(t)
	for _, c := range writtenForms() {
		t.Run(c.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out")
			m := export(t, db, out, c.wish)
			end := "\r\n"
			if c.wish.Format == tables.NDJSON {
				end = "\n"
			}
			for i, want := range [][]string{c.fact, c.dim} {
				got, err := os.ReadFile(filepath.Join(out, m.Tables[i].Files[0].Path))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(strings.Join(want, end)+end, string(got)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", m.Tables[i].Table, diff)
				}
			}
		})
	}
}
