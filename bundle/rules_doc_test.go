package bundle_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Every rule that an error can name stands in the page that explains them.
func TestEveryRuleIsExplained(t *testing.T) {
	page, err := os.ReadFile("../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	constant := regexp.MustCompile(`Rule\w+ +(?:domain\.)?Rule += "([a-z0-9-]+)"`)
	found := 0
	for _, file := range []string{"../domain/rules.go", "fault.go"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range constant.FindAllStringSubmatch(string(source), -1) {
			found++
			if !strings.Contains(string(page), "`"+match[1]+"`") {
				t.Errorf("docs/rules.md does not explain the rule %s of %s", match[1], file)
			}
		}
	}
	if found < 40 {
		t.Errorf("found only %d rules: the search is broken", found)
	}
}
