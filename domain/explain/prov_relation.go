package explain

import (
	"fmt"
	"strconv"
	"strings"
)

// number is the qualified name of a number of a unit. A term of another unit, "son-la:r", is that unit's number.
func number(unit string, of ...string) string {
	parts := []string{unit}
	for _, part := range of {
		if other, term, ok := strings.Cut(part, ":"); ok {
			parts[0], part = other, term
		}
		if part != "" {
			parts = append(parts, part)
		}
	}
	return "number:" + strings.Join(parts, "/")
}

func integer[N int | int64 | uint64](n N) ProvTyped {
	return ProvTyped{fmt.Sprint(n), "xsd:integer"}
}

// relate writes a relation, once.
func (t *trace) relate(relations map[string]ProvAttribute, what string, attributes ProvAttribute) {
	key := what + fmt.Sprint(attributes) // a map is printed in the order of its keys
	if !t.related[key] {
		t.related[key] = true
		relations["_:"+what+strconv.Itoa(len(relations)+1)] = attributes
	}
}

// leaf is the entity of an event. Words are its type's, where they are known.
func (t *trace) leaf(p Place, words string) string {
	id := "tlog:" + strconv.FormatUint(p.Leaf, 10)
	if t.Entity[id] == nil {
		t.Entity[id] = ProvAttribute{"prov:type": name("thidua:Leaf"), "thidua:position": integer(p.Position)}
	}
	if words != "" {
		t.Entity[id]["thidua:event"] = words
	}
	return id
}

// unit is the agent of a unit.
func (t *trace) unit(id string) string {
	agent := "unit:" + id
	t.Agent[agent] = ProvAttribute{"prov:type": name("prov:Organization")}
	return agent
}

// said attributes an entity to a person, by ref.
func (t *trace) said(entity, ref string) {
	if ref == "" {
		return
	}
	agent := "person:" + ref
	t.Agent[agent] = ProvAttribute{"prov:type": name("prov:Person")}
	t.attribute(entity, agent)
}

func (t *trace) attribute(entity, agent string) {
	t.relate(t.WasAttributedTo, "attributed", ProvAttribute{"prov:entity": entity, "prov:agent": agent})
}

func (t *trace) derive(entity, from string) {
	t.relate(t.WasDerivedFrom, "derived", ProvAttribute{"prov:generatedEntity": entity, "prov:usedEntity": from})
}

func (t *trace) generate(entity string) {
	t.relate(t.WasGeneratedBy, "generated", ProvAttribute{"prov:entity": entity, "prov:activity": replay})
}

func (t *trace) use(entity string) {
	t.relate(t.Used, "used", ProvAttribute{"prov:activity": replay, "prov:entity": entity})
}
