package bundle_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// corrected adds three corrections to every value, so that there are about 3,000 rows.
func corrected(_ testing.TB, files papers) {
	row := regexp.MustCompile(`(?m)^([a-z-]+,2019-Q\d,\w+,[\d.]+,[\d.]*,2019-\d\d-\d\dT\d\d:\d\d:)00([^,]+,[^,]+),[^,]*,.*,$`)
	var more strings.Builder
	for i := 1; i <= 3; i++ {
		for _, match := range row.FindAllStringSubmatch(files["values.csv"], -1) {
			fmt.Fprintf(&more, "%s%02d%s,,because,\n", match[1], i, match[2])
		}
	}
	files["values.csv"] += more.String()
}

func BenchmarkJudge(b *testing.B) {
	papers := open(b, edited(b, lean, corrected))
	if faults := papers.Judge(now); len(faults) > 0 {
		b.Fatalf("faults %+v", faults[0])
	}
	for b.Loop() {
		papers.Judge(now)
	}
}

func BenchmarkOpen(b *testing.B) {
	path := edited(b, lean, corrected)
	for b.Loop() {
		_ = open(b, path)
	}
}
