package explain_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"thidua/domain/explain"
)

// relations are those of PROV-JSON that an export may have, with what they must name and of which kind.
var relations = map[string]map[string]string{
	"wasGeneratedBy":    {"prov:entity": "entity", "prov:activity": "activity"},
	"used":              {"prov:activity": "activity", "prov:entity": "entity"},
	"wasAssociatedWith": {"prov:activity": "activity", "prov:agent": "agent", "prov:plan": "entity"},
	"wasAttributedTo":   {"prov:entity": "entity", "prov:agent": "agent"},
	"wasDerivedFrom":    {"prov:generatedEntity": "entity", "prov:usedEntity": "entity"},
}

// qualified is a qualified name of PROV-N (PROV-N, 3.7.1, as far as it is used here), or a blank one.
var qualified = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_-]*):([A-Za-z0-9_/]([A-Za-z0-9_./-]*[A-Za-z0-9_/-])?)$`)

// TestProvIsProvJSON checks the structure that the PROV-JSON submission asks for, that every number leads to a leaf or a rule, and that nobody is
// named in it.
func TestProvIsProvJSON(t *testing.T) {
	everySeason(t, func(r *record) {
		season := explain.Of(r.world(0), r.moment("as of"))
		for _, line := range season.Ranking().Standings[:1] {
			u := season.Unit(line.Unit)
			u.Name(func(string) string { return "Nguyễn Thị A" }, func(string) string { return "Lý do riêng" })
			encoded, err := json.Marshal(u.Prov("thidua.example.vn/log", "v1"))
			if err != nil {
				r.Fatal(err)
			}
			if text := string(encoded); strings.Contains(text, "Nguyễn") || strings.Contains(text, "Lý do") {
				r.Fatalf("a person is named: %s", text)
			}
			var document map[string]map[string]json.RawMessage
			if err := json.Unmarshal(encoded, &document); err != nil {
				r.Fatal(err)
			}
			r.provDocument(document)
			r.provTraced(document)
		}
	})
}

// provDocument checks names, literals and relations.
func (r *record) provDocument(document map[string]map[string]json.RawMessage) {
	prefixes := map[string]bool{"prov": true, "xsd": true}
	for prefix := range document["prefix"] {
		prefixes[prefix] = true
	}
	known := func(name string) bool {
		m := qualified.FindStringSubmatch(name)
		return m != nil && prefixes[m[1]]
	}
	for section, entries := range document {
		named, relation := relations[section]
		if !relation && section != "prefix" && section != "entity" && section != "activity" && section != "agent" {
			r.Fatalf("PROV-JSON has no %s", section)
		}
		for id, raw := range entries {
			if section == "prefix" {
				continue
			}
			if blank := relation && strings.HasPrefix(id, "_:"); !blank && !known(id) {
				r.Fatalf("%s: %q is no qualified name", section, id)
			}
			var attributes map[string]any
			if err := json.Unmarshal(raw, &attributes); err != nil {
				r.Fatalf("%s: %s: %v", section, raw, err)
			}
			for attribute, value := range attributes {
				literal, typed := value.(map[string]any)
				if _, text := value.(string); !known(attribute) || !text && (!typed || !known(literal["type"].(string)) || literal["$"] == nil) {
					r.Fatalf("%s %s: %s is %v", section, id, attribute, value)
				}
			}
			for attribute, kind := range named {
				target, given := attributes[attribute].(string)
				if !given && attribute == "prov:plan" {
					continue
				}
				if _, there := document[kind][target]; !there {
					r.Fatalf("%s %s: %s %q is no %s", section, id, attribute, target, kind)
				}
			}
		}
	}
}

// provTraced asks that every number is generated, and is derived from something or stands by a rule.
func (r *record) provTraced(document map[string]map[string]json.RawMessage) {
	generated, derived := map[string]bool{}, map[string]bool{}
	for _, raw := range document["wasGeneratedBy"] {
		generated[field(r, raw, "prov:entity")] = true
	}
	for _, raw := range document["wasDerivedFrom"] {
		derived[field(r, raw, "prov:generatedEntity")] = true
	}
	for id, raw := range document["entity"] {
		if !strings.HasPrefix(id, "number:") {
			continue
		}
		rule, term := field(r, raw, "thidua:rule") != "", field(r, raw, "thidua:op") != "" && field(r, raw, "thidua:of") != ""
		if !generated[id] || term && !derived[id] && !rule {
			r.Fatalf("%s comes from nowhere: %s", id, raw)
		}
	}
	if document["entity"]["number:"+field(r, document["activity"]["thidua:replay"], "thidua:unit")+"/total"] == nil {
		r.Fatalf("there is no total")
	}
}

// field is a text attribute, "" where there is none.
func field(r *record, raw json.RawMessage, name string) string {
	var attributes map[string]any
	if err := json.Unmarshal(raw, &attributes); err != nil {
		r.Fatal(err)
	}
	text, _ := attributes[name].(string)
	return text
}
