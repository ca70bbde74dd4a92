package bundle

import (
	"cmp"
	"slices"
	"strings"

	"thidua/domain"
)

// causes decides which breaches are told: one error for each cause. Papers with one error easily break more rules, because other rows stand
// on what is wrong; what may only follow is not told until its cause is gone.
type causes struct {
	*papers
	// wrong has the paths of season.yaml that are wrong, in form or by a rule.
	wrong map[string]bool
	// shadows are what rows that cannot be relied on may be about, by file. A part that is not known is "".
	shadows map[string][]subject
	// lost are the rows that name something unknown.
	lost map[row]bool
}

func newCauses(p *papers) *causes {
	c := &causes{papers: p, wrong: map[string]bool{}, shadows: map[string][]subject{}, lost: map[row]bool{}}
	for path := range p.outline.faulty {
		c.wrong[path] = true
	}
	for file, rows := range p.broken {
		for _, r := range rows {
			c.shadows[file] = append(c.shadows[file], r.about())
		}
	}
	return c
}

// tell makes faults of the breaches that have a cause of their own. What is wrong in season.yaml is settled first, then what rows are about,
// then the rest, because each can follow from those before.
func (c *causes) tell(found []breach) []Fault {
	var standing []breach
	for _, b := range found {
		if b.row == nil && !c.standsOnForm(b) {
			c.wrong[b.column] = true
			standing = append(standing, b)
		}
	}
	for _, b := range found {
		if b.row != nil && !c.standsOnKeys(b) {
			c.shadow(b)
			standing = append(standing, b)
		}
	}
	return c.faults(slices.DeleteFunc(standing, c.standsOnRows))
}

// standsOnForm reports whether a breach in season.yaml may follow from an error of form there.
func (c *causes) standsOnForm(b breach) bool {
	path, faulty := b.column, c.outline.faulty
	switch {
	case touches(faulty, path) || strings.HasSuffix(path, ".") || strings.Contains(path, ".."):
		return true
	case b.problem.Rule == domain.RuleHead:
		return c.unsure("members") || touches(faulty, "head") || touches(faulty, "deputy")
	case b.problem.Rule == domain.RuleKnown:
		return c.unsure("ruleset.tiers")
	case b.problem.Rule == domain.RuleDigits:
		return touches(faulty, "ruleset.rounding")
	case b.problem.Rule == domain.RuleFinalAfter:
		return touches(faulty, "periods") || touches(faulty, "timezone")
	case b.problem.Rule == domain.RuleRuleset && strings.HasPrefix(path, "ruleset.tiers"):
		return touches(faulty, "ruleset.tiers")
	}
	return false
}

// standsOnKeys reports whether a breach of a row may follow from what is wrong in season.yaml.
func (c *causes) standsOnKeys(b breach) bool {
	about := b.row.about()
	switch b.problem.Rule {
	case domain.RuleMember:
		return c.unsure("members")
	case domain.RuleKnown:
		return c.unsure(map[string]string{"period": "periods", "criterion": "ruleset.criteria", "award": "awards"}[b.column])
	case domain.RuleWindow, domain.RuleExtension:
		return touches(c.wrong, "periods."+about.period) || touches(c.wrong, "timezone")
	case domain.RuleYesNo, domain.RuleDenominator:
		return touches(c.wrong, "ruleset.criteria."+about.criterion+".kind")
	case domain.RuleDigits:
		return touches(c.wrong, "ruleset.rounding")
	case domain.RuleFinalisedAt, domain.RuleAfterFinal:
		return touches(c.wrong, "finalised_at") || !c.season.read
	case domain.RuleBallotCount:
		return c.unsure("members") || touches(c.wrong, "awards."+about.award+".ballot")
	case domain.RuleBallot:
		return touches(c.wrong, "awards."+about.award+".ballot")
	case domain.RuleLimit:
		return touches(c.wrong, "awards."+about.award+".limit")
	case domain.RuleHold, domain.RuleDecision:
		return touches(c.wrong, "timezone")
	default:
		return false
	}
}

// unsure reports whether it is not known what a list of season.yaml has: an entry could not be read, or stands there twice.
func (c *causes) unsure(list string) bool { return c.outline.unnamed[list] || c.wrong[list] }

// touches reports whether a path, one above it or one below it is in a set.
func touches(paths map[string]bool, path string) bool {
	for p := range paths {
		if p == path || strings.HasPrefix(path, p+".") || strings.HasPrefix(p, path+".") {
			return true
		}
	}
	return false
}

// shadow keeps in mind what a row may be about that names something unknown, or that has a moment which cannot be.
func (c *causes) shadow(b breach) {
	about, file, rule := b.row.about(), b.file(), b.problem.Rule
	c.lost[b.row] = c.lost[b.row] || rule == domain.RuleMember || rule == domain.RuleKnown
	switch {
	case rule == domain.RuleMember && b.column == "unit":
		about.unit = ""
	case rule == domain.RuleKnown && b.column == "period":
		about.period = ""
	case rule == domain.RuleKnown && b.column == "criterion":
		about.criterion = ""
	case rule == domain.RuleKnown && b.column == "award":
		about.award = ""
	case isMoment(rule) && file == valuesFile:
		c.shadows[signaturesFile] = append(c.shadows[signaturesFile], subject{unit: about.unit})
	case isMoment(rule) || file == ballotsFile:
	default:
		return
	}
	c.shadows[file] = append(c.shadows[file], about)
}

// standsOnRows reports whether a breach may follow from a row that cannot be relied on.
func (c *causes) standsOnRows(b breach) bool {
	var about subject
	if b.row != nil {
		about = b.row.about()
	}
	switch b.problem.Rule {
	case domain.RuleSignature:
		return c.lost[b.row] || c.shadowed(signaturesFile, subject{unit: about.unit})
	case domain.RuleReason, domain.RuleVerifiedAfter:
		return c.lost[b.row] || c.shadowed(valuesFile, about)
	case domain.RuleWindow:
		return c.shadowed(exceptionsFile, subject{unit: about.unit, period: about.period})
	case domain.RuleBallot:
		return c.lost[b.row] || c.shadowed(ballotsFile, subject{unit: about.unit, award: about.award})
	case domain.RuleUnitListed:
		if u, ok := b.row.(*unitRow); ok {
			return c.shadowed(unitsFile, subject{unit: u.data.Parent})
		}
		return c.shadowed(unitsFile, subject{unit: b.problem.Field})
	default:
		return false
	}
}

func (c *causes) shadowed(file string, about subject) bool {
	open := func(shadow, part string) bool { return shadow == "" || shadow == part }
	return slices.ContainsFunc(c.shadows[file], func(s subject) bool {
		return open(s.unit, about.unit) && open(s.period, about.period) && open(s.criterion, about.criterion) && open(s.award, about.award)
	})
}

// faults writes the breaches, each once: what two rows break together is told of the later one, and a moment that cannot be breaks one rule.
func (c *causes) faults(standing []breach) []Fault {
	var faults []Fault
	seen := map[string]int{}
	for _, b := range standing {
		f := c.fault(b)
		key := c.cause(b, f)
		at, again := seen[key]
		switch {
		case !again:
			seen[key] = len(faults)
			faults = append(faults, f)
		case isMoment(f.Rule) && f.Rule != faults[at].Rule:
			if f.Rule == domain.RuleFuture {
				faults[at] = f
			}
		case cmp.Or(cmp.Compare(fileOrder(f.File), fileOrder(faults[at].File)), cmp.Compare(f.line(), faults[at].line())) > 0:
			faults[at] = f
		}
	}
	return faults
}

func (c *causes) fault(b breach) Fault {
	if b.row == nil {
		return told(seasonFile, c.outline.line(b.column), b.column, b.problem)
	}
	return told(b.file(), b.row.from().line, b.column, b.problem)
}

// cause names what a fault comes from: faults of one cause are told once.
func (c *causes) cause(b breach, f Fault) string {
	parts := []string{string(f.Rule), f.Message.EN}
	u, isUnit := b.row.(*unitRow)
	switch {
	case isUnit && f.Rule == domain.RuleUnitListed:
		parts[1] = u.data.Parent
	case isUnit && f.Rule == domain.RuleUnitCycle:
		parts[1] = c.cycle(u)
	case f.Rule == domain.RuleAfterFinal && !c.season.finalisedAt.Given():
	case isMoment(f.Rule) && b.row != nil:
		parts = []string{f.File, content(b.row), f.Column}
	case f.Rule == domain.RuleDuplicate && b.row != nil:
		parts = []string{f.File, identity(b.row)}
	}
	return strings.Join(parts, "\x00")
}

// cycle names the cycle of units that a unit is in by the first of its ids.
func (c *causes) cycle(u *unitRow) string {
	parents := map[string]string{}
	for _, r := range c.season.rows[unitsFile] {
		parents[r.about().unit] = r.(*unitRow).data.Parent
	}
	first, at := u.unit, u.data.Parent
	for range len(parents) { // a unit that stands there twice may lead into a cycle that it is not in
		if at == "" || at == u.unit {
			break
		}
		first, at = min(first, at), parents[at]
	}
	return first
}

// isMoment reports whether a rule says when something may have happened.
func isMoment(rule domain.Rule) bool {
	return slices.Contains([]domain.Rule{domain.RuleFuture, domain.RuleFinalisedAt, domain.RuleAfterFinal, domain.RuleWindow}, rule)
}
