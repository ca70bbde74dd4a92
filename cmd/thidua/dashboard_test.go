package main_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// Every metric that the dashboard and the alerts ask for is served, with the labels that they ask by.
func TestDashboardAndAlerts(t *testing.T) {
	up := start(t)
	up.answer(t, nil, "import", up.season(t, "watched"))
	up.answer(t, nil, "ranking", "watched")
	up.runsATask(t)
	served := up.metrics(t)
	for name, expressions := range map[string][]string{"dashboard": dashboard(t), "alerts": alerts(t)} {
		if len(expressions) < 5 {
			t.Errorf("%s: only %d expressions were found", name, len(expressions))
		}
		for _, expression := range expressions {
			for _, missing := range unserved(expression, served) {
				t.Errorf("%s: %s: no process serves %s", name, expression, missing)
			}
		}
	}
}

// metrics are the names that the server serves, with the labels of each, while a rebuild is under way.
func (s *server) metrics(t *testing.T) map[string][]string {
	t.Helper()
	const underWay = "INSERT INTO frame.checkpoint (schema, name, version, definition_sha256) VALUES ('p_audit_1_rebuild', 'audit', 1, '')"
	if _, err := s.database(t).ExecContext(t.Context(), underWay); err != nil {
		t.Fatal(err)
	}
	_, body := ask(t, "http://"+s.announced(t).Admin+"/metrics")
	served := map[string][]string{}
	for _, line := range regexp.MustCompile(`(?m)^([a-z_]+)(\{.*?\})? `).FindAllStringSubmatch(body, -1) {
		served[line[1]] = labels(line[2])
	}
	return served
}

func labels(of string) (names []string) {
	for _, label := range regexp.MustCompile(`([a-z]+)=`).FindAllStringSubmatch(of, -1) {
		names = append(names, label[1])
	}
	return names
}

// unserved lists the metrics of an expression that are not served, and the labels it groups by that none of them has.
func unserved(expression string, served map[string][]string) (missing []string) {
	var known []string
	for _, name := range regexp.MustCompile(`\b(thidua|process|go)_[a-z_]+\b`).FindAllString(expression, -1) {
		if _, ok := served[name]; !ok {
			missing = append(missing, name)
		}
		known = append(known, served[name]...)
	}
	for _, by := range regexp.MustCompile(`by \(([a-z, ]+)\)`).FindAllStringSubmatch(expression, -1) {
		for label := range strings.SplitSeq(by[1], ", ") {
			if !slices.Contains(known, label) {
				missing = append(missing, "the label "+label)
			}
		}
	}
	return missing
}

// dashboard lists the expressions of the Grafana dashboard.
func dashboard(t *testing.T) (expressions []string) {
	t.Helper()
	content, err := os.ReadFile("../../deploy/grafana/thidua.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(content, &board); err != nil {
		t.Fatal(err)
	}
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			expressions = append(expressions, target.Expr)
		}
	}
	return expressions
}

// alerts lists the expressions of the Prometheus alerts.
func alerts(t *testing.T) (expressions []string) {
	t.Helper()
	content, err := os.ReadFile("../../deploy/prometheus/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Rules []struct{ Expr string }
		}
	}
	if err := yaml.Unmarshal(content, &file); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Groups {
		for _, rule := range g.Rules {
			expressions = append(expressions, rule.Expr)
		}
	}
	return expressions
}
