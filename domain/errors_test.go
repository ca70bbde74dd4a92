package domain_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
)

// A breach of form is invalid input, any other is refused; both are found inside a list and inside a wrapped error.
func TestProblemKinds(t *testing.T) {
	for rule, form := range map[domain.Rule]bool{
		domain.RuleNumber: true, domain.RuleDate: true, domain.RuleInstant: true, domain.RuleID: true, domain.RuleText: true, domain.RuleWord: true, domain.RuleSize: true,
		domain.RuleMember: false, domain.RuleWindow: false, domain.RuleHold: false, domain.RuleCommand: false,
	} {
		p := &domain.Problem{Rule: rule, Text: domain.Text{VI: "sai", EN: "wrong"}}
		wrapped := fmt.Errorf("bundle: %w", domain.Problems{p})
		if errors.Is(wrapped, domain.ErrInvalid) != form || errors.Is(wrapped, domain.ErrRefused) == form {
			t.Errorf("rule %s is of form: %t, want %t", rule, !form, form)
		}
		for _, kind := range []error{domain.ErrNotFound, domain.ErrConflict, domain.ErrCorrupt, domain.ErrUnknownEvent} {
			if errors.Is(wrapped, kind) {
				t.Errorf("rule %s is %v", rule, kind)
			}
		}
		var found *domain.Problem
		if !errors.As(wrapped, &found) || found != p {
			t.Errorf("rule %s is not found in %v", rule, wrapped)
		}
	}
}

// A list of problems tells each of them with its rule, and is of every kind that one of them is.
func TestProblemsListAll(t *testing.T) {
	_, err := domain.Decide(signed().world(t), report("gamma", "Q1", "R", "1", "2019-04-21T00:00:00+07:00"))
	for _, rule := range []string{"(rule applicable)", "(rule denominator)", "(rule window)"} {
		if !strings.Contains(err.Error(), rule) {
			t.Errorf("%q does not tell %s", err, rule)
		}
	}
	if n := strings.Count(err.Error(), "\n"); n != 2 {
		t.Errorf("%d line ends in %q, want one line a problem", n, err)
	}
	_, err = domain.Decide(given(draft()).world(t), targets("delta", "N", "x"))
	if !errors.Is(err, domain.ErrInvalid) || !errors.Is(err, domain.ErrRefused) {
		t.Errorf("%v is not of both kinds", err)
	}
}

func TestTextIn(t *testing.T) {
	text := domain.Text{VI: "sai", EN: "wrong"}
	for language, want := range map[string]string{"vi": "sai", "en": "wrong", "": "wrong", "fr": "wrong"} {
		if got := text.In(language); got != want {
			t.Errorf("in %q: %s, want %s", language, got, want)
		}
	}
}

var verb = regexp.MustCompile(`%(?:\[(\d+)\])?[+0-9]*[a-zA-Z]`)

// Every rule can be told: somewhere a problem states it, in two languages that take the same arguments. It is read from the package's own
// source, because not every sentence is met in a test.
func TestEveryRuleIsTold(t *testing.T) {
	rules, told := map[string]bool{}, map[string]bool{}
	source(t, func(n ast.Node) {
		switch n := n.(type) {
		case *ast.ValueSpec:
			if kind, ok := n.Type.(*ast.Ident); ok && kind.Name == "Rule" {
				rules[n.Names[0].Name] = true
			}
		case *ast.CallExpr:
			if name, ok := n.Fun.(*ast.Ident); !ok || name.Name != "problem" {
				return
			}
			rule, ok := n.Args[0].(*ast.Ident)
			if !ok {
				t.Errorf("a problem whose rule is no constant: %v", n.Args[0])
				return
			}
			told[rule.Name] = true
			checkSentences(t, rule.Name, n.Args)
		}
	})
	if len(rules) < 40 {
		t.Errorf("only %d rules were found", len(rules))
	}
	if diff := cmp.Diff(rules, told); diff != "" {
		t.Errorf("rules (-stated +told):\n%s", diff)
	}
}

// checkSentences judges a call problem(rule, field, vi, en, args…).
func checkSentences(t *testing.T, rule string, args []ast.Expr) {
	t.Helper()
	vi, en := literal(t, args[2]), literal(t, args[3])
	if vi == "" || en == "" {
		t.Errorf("rule %s: a sentence is empty: %q, %q", rule, vi, en)
	}
	given := len(args) - 4
	for _, sentence := range []string{vi, en} {
		used := arguments(sentence)
		if len(used) > 0 && used[len(used)-1] > given || len(used) < given {
			t.Errorf("rule %s: %q uses the arguments %v of %d", rule, sentence, used, given)
		}
	}
}

// arguments lists which arguments a format takes, in order, each once.
func arguments(format string) []int {
	var used []int
	next := 1
	for _, v := range verb.FindAllStringSubmatch(strings.ReplaceAll(format, "%%", ""), -1) {
		if n, err := strconv.Atoi(v[1]); err == nil {
			next = n
		}
		used = append(used, next)
		next++
	}
	slices.Sort(used)
	return slices.Compact(used)
}

func literal(t *testing.T, e ast.Expr) string {
	t.Helper()
	l, ok := e.(*ast.BasicLit)
	if !ok {
		t.Errorf("a sentence is no literal: %v", e)
		return ""
	}
	text, err := strconv.Unquote(l.Value)
	if err != nil {
		t.Error(err)
	}
	return text
}

// source visits every node of the package's files.
func source(t *testing.T, visit func(ast.Node)) {
	t.Helper()
	files := token.NewFileSet()
	for _, name := range sourceFiles(t) {
		file, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			visit(n)
			return true
		})
	}
}

func sourceFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(files, func(name string) bool { return strings.HasSuffix(name, "_test.go") })
}
