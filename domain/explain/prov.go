package explain

import (
	"strconv"
	"strings"
)

// Prov is an explanation as PROV-JSON (W3C Member Submission 2013-04-24): which number was derived from which, down to the log's leaves and who is
// answerable for them. A leaf's URI is tlog:<origin>/<index>. Persons are refs: no name is in it.
type Prov struct {
	Prefix            map[string]string        `json:"prefix"`
	Entity            map[string]ProvAttribute `json:"entity"`
	Activity          map[string]ProvAttribute `json:"activity"`
	Agent             map[string]ProvAttribute `json:"agent"`
	WasGeneratedBy    map[string]ProvAttribute `json:"wasGeneratedBy"`
	Used              map[string]ProvAttribute `json:"used"`
	WasAssociatedWith map[string]ProvAttribute `json:"wasAssociatedWith"`
	WasAttributedTo   map[string]ProvAttribute `json:"wasAttributedTo"`
	WasDerivedFrom    map[string]ProvAttribute `json:"wasDerivedFrom"`
}

// ProvAttribute are the attributes of an element or a relation, by their qualified names: a text, or a ProvTyped.
type ProvAttribute map[string]any

// ProvTyped is a literal with a type.
type ProvTyped struct {
	Value string `json:"$"`
	Type  string `json:"type"`
}

// name is a value that is a qualified name, as prov:type asks for.
func name(qualified string) ProvTyped { return ProvTyped{qualified, "prov:QUALIFIED_NAME"} }

// trace is an export that is being written.
type trace struct {
	Prov
	u       *Unit
	related map[string]bool // relations that are written already
}

// replay is the activity that all numbers come from.
const replay = "thidua:replay"

// Prov exports an explanation, named or not. Origin names the log, engine the program that computes, by its version.
func (u *Unit) Prov(origin, engine string) Prov {
	empty := func() map[string]ProvAttribute { return map[string]ProvAttribute{} }
	t := &trace{u: u, related: map[string]bool{}, Prov: Prov{
		Prefix: map[string]string{
			"tlog": "tlog:" + origin + "/", "thidua": "urn:thidua:", "sha256": "urn:sha256:",
			"number": "urn:thidua:number:" + u.Season + ":" + strconv.FormatUint(u.Position, 10) + ":",
			"person": "urn:thidua:person:", "unit": "urn:thidua:unit:",
		},
		Entity: empty(), Activity: empty(), Agent: empty(), WasGeneratedBy: empty(), Used: empty(), WasAssociatedWith: empty(), WasAttributedTo: empty(), WasDerivedFrom: empty(),
	}}
	t.begin(engine)
	t.evidence()
	for _, item := range u.Items {
		t.calculation(item.Criterion, item.Calculation)
	}
	t.calculation("", u.Calculation)
	t.results()
	return t.Prov
}

// begin writes the replay, the program that makes it, and the ruleset it goes by.
func (t *trace) begin(engine string) {
	ruleset := "sha256:" + t.u.RulesetSHA256
	t.Activity[replay] = ProvAttribute{"prov:type": name("thidua:Replay"), "thidua:season": t.u.Season, "thidua:unit": t.u.Unit, "thidua:asOf": ProvTyped{t.u.At, "xsd:dateTime"}, "thidua:position": integer(t.u.Position)}
	t.Agent["thidua:engine"] = ProvAttribute{"prov:type": name("prov:SoftwareAgent"), "thidua:version": engine}
	t.unit(t.u.Unit)
	t.Entity[ruleset] = ProvAttribute{"prov:type": name("thidua:Ruleset")}
	t.derive(ruleset, t.leaf(t.u.Ruleset, "season.opened"))
	t.use(ruleset)
	t.relate(t.WasAssociatedWith, "associated", ProvAttribute{"prov:activity": replay, "prov:agent": "thidua:engine", "prov:plan": ruleset})
}

// evidence writes the leaves that people are answerable for, with the files behind them.
func (t *trace) evidence() {
	if p := t.u.Pledge; p.Signature != nil {
		t.said(t.leaf(p.Signature.Place, "pledge.signed"), p.Signature.SignerRef)
		if p.Targets != nil {
			t.attribute(t.leaf(*p.Targets, "pledge.targets-set"), t.unit(t.u.Unit))
		}
	}
	for _, r := range t.u.Reports {
		if r.Extended != nil {
			t.said(t.leaf(r.Extended.Place, "deadline.extended"), r.Extended.ByRef)
		}
	}
	for _, adj := range t.u.Adjustments {
		t.said(t.leaf(adj.Place, "points.adjusted"), adj.ByRef)
	}
	for _, item := range t.u.Items {
		for _, v := range item.Values {
			t.value(v)
		}
	}
}

// value writes one version of a value.
func (t *trace) value(v Value) {
	leaf := t.leaf(v.Place, "indicator."+v.Kind)
	t.Entity[leaf]["thidua:period"], t.Entity[leaf]["thidua:at"] = v.Period, v.At
	t.said(leaf, v.ByRef)
	for _, f := range v.Evidence {
		file := "sha256:" + f.SHA256
		t.Entity[file] = ProvAttribute{"prov:type": name("thidua:Evidence"), "thidua:size": integer(f.Size), "thidua:mediatype": f.MediaType}
		t.derive(leaf, file)
	}
}

// calculation writes the terms of a calculation, each derived from its operands or from its leaf.
func (t *trace) calculation(criterion string, terms []Term) {
	id := func(term string) string { return number(t.u.Unit, criterion, term) }
	written := map[string]bool{}
	for _, term := range terms {
		entity := id(term.Name)
		attributes := ProvAttribute{"prov:type": name("thidua:Number"), "prov:value": term.Value}
		if term.Op != "" {
			attributes["thidua:op"], attributes["thidua:of"] = string(term.Op), strings.Join(term.Of, " ")
		}
		t.Entity[entity] = attributes
		t.generate(entity)
		for _, operand := range term.Of {
			if written[operand] {
				t.derive(entity, id(operand))
			}
		}
		t.origin(entity, term)
		written[term.Name] = true
	}
}

// origin writes where a given number comes from.
func (t *trace) origin(entity string, term Term) {
	from := term.From
	switch {
	case from == nil:
	case from.Place != nil:
		leaf := t.leaf(*from.Place, "")
		t.Entity[entity]["thidua:field"] = from.Field
		t.use(leaf)
		t.derive(entity, leaf)
	case from.Item != "":
		if points := number(t.u.Unit, from.Item, "points"); t.Entity[points] != nil {
			t.derive(entity, points)
		}
	case from.Report != "":
		t.report(entity, from.Report)
	default:
		t.Entity[entity]["thidua:rule"] = from.Rule
	}
}

// report derives what is said of a report from the events that it hangs on.
func (t *trace) report(entity, period string) {
	for _, r := range t.u.Reports {
		if r.Period == period && r.First != nil {
			t.derive(entity, t.leaf(*r.First, ""))
		}
		if r.Period == period && r.Extended != nil {
			t.derive(entity, t.leaf(r.Extended.Place, ""))
		}
	}
}

// results writes the rank, which follows from all totals, and the eligibility, which follows from the holds.
func (t *trace) results() {
	rank, total := number(t.u.Unit, "rank"), number(t.u.Unit, "total")
	t.Entity[rank] = ProvAttribute{"prov:type": name("thidua:Rank"), "prov:value": integer(t.u.Rank)}
	t.generate(rank)
	for _, s := range t.u.Placing.Standings {
		of := number(s.Unit, "total")
		if t.Entity[of] == nil {
			t.Entity[of] = ProvAttribute{"prov:type": name("thidua:Number"), "prov:value": s.Total}
			t.generate(of)
		}
		t.derive(rank, of)
	}
	tier := number(t.u.Unit, "tier")
	t.Entity[tier] = ProvAttribute{"prov:type": name("thidua:Tier"), "prov:value": t.u.Tier.Tier}
	t.generate(tier)
	t.derive(tier, total)
	eligible := number(t.u.Unit, "eligible")
	t.Entity[eligible] = ProvAttribute{"prov:type": name("thidua:Eligibility"), "prov:value": ProvTyped{strconv.FormatBool(t.u.Eligibility.Eligible), "xsd:boolean"}}
	t.generate(eligible)
	for _, h := range t.u.Eligibility.Holds {
		t.derive(eligible, t.leaf(h.Place, "hold.placed"))
		if h.Lifted != nil {
			t.derive(eligible, t.leaf(*h.Lifted, "hold.lifted"))
		}
	}
	t.awards(rank, tier)
}

// awards writes the decisions, each derived from what it stood on.
func (t *trace) awards(rank, tier string) {
	for _, a := range t.u.Awards {
		if a.Grant == nil {
			continue
		}
		grant := t.leaf(a.Grant.Place, "award.granted")
		t.said(grant, a.Grant.SignerRef)
		t.derive(grant, rank)
		t.derive(grant, tier)
		if a.Ballot != nil && a.Ballot.Counted != nil {
			t.derive(grant, t.leaf(a.Ballot.Counted.Place, "ballot.tallied"))
		}
		if a.Final != nil {
			t.derive(grant, t.leaf(*a.Final, "ranking.finalised"))
		}
	}
}
