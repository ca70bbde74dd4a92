package domain_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
)

// What a reader wants of which there can be nothing is named.
func TestWantedNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 500)
	for _, test := range []struct {
		season string
		types  []string
		want   int
	}{
		{"", nil, 0},
		{"_", nil, 0},
		{"northern-border-2019", []string{"indicator.reported", "award.granted.v1", "vn.thidua.award.granted.v1"}, 0},
		{"../x", nil, 1},
		{"emulation.>", []string{"indicator.invented", long, ""}, 4},
		{"", []string{"vn.thidua.award.granted.v9", "award.*"}, 2},
	} {
		_, wrong := domain.NewWanted(test.season, test.types)
		if diff := cmp.Diff(test.want, len(wrong)); diff != "" {
			t.Errorf("%q %q: %v (-want +got):\n%s", test.season, test.types, wrong, diff)
		}
		for _, text := range wrong {
			if text.VI == "" || text.EN == "" || len(text.EN) > 200 {
				t.Errorf("%q %q: %+v", test.season, test.types, text)
			}
		}
	}
}
