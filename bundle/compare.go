package bundle

import (
	"slices"
	"strings"

	"thidua/domain"
)

// comparison is the papers of a bundle held against those of the record, by content, whatever way the record came about.
type comparison struct {
	recorded *season
	papers   *papers
	fresh    part
	faults   []Fault
}

// compare finds what is new, and what contradicts the record: something else about the same thing, or a row that the record has and the
// papers have not.
func compare(recorded *season, p *papers) (fresh part, faults []Fault) {
	c := &comparison{recorded: recorded, papers: p, fresh: part{rows: map[string][]row{}}}
	c.keys()
	c.finalised()
	for _, t := range tables() {
		if !t.named() {
			c.unnamedRows(t.file)
		} else {
			c.namedRows(t.file)
		}
	}
	return c.fresh, c.faults
}

// keys compares season.yaml key by key. None of them may change or come later.
func (c *comparison) keys() {
	if !c.recorded.read {
		c.fresh.draft = true
		return
	}
	before := map[string]string{}
	for _, k := range c.recorded.keysSaid() {
		before[k.path] = k.value
	}
	for _, k := range c.papers.season.keysSaid() {
		was, had := before[k.path]
		delete(before, k.path)
		switch {
		case k.path == "finalised_at" || had && was == k.value:
		case had:
			c.contradicts(seasonFile, c.papers.outline.line(k.path), k.path, was)
		default:
			c.contradicts(seasonFile, c.papers.outline.line(k.path), k.path, "–")
		}
	}
	for _, k := range c.recorded.keysSaid() {
		if _, left := before[k.path]; left && k.path != "finalised_at" {
			c.vanished(seasonFile, k.path, k.value)
		}
	}
}

// finalised compares the end of the season, which may be new and never another.
func (c *comparison) finalised() {
	was, is := c.recorded.finalisedAt, c.papers.season.finalisedAt
	switch {
	case !was.Given():
		c.fresh.final = is.Given()
	case !is.Given():
		c.vanished(seasonFile, "finalised_at", was.String())
	case !is.Equal(was):
		c.contradicts(seasonFile, c.papers.outline.line("finalised_at"), "finalised_at", was.String())
	}
}

// namedRows compares the rows of a table that say what they speak of. The register has more units than one season's papers.
func (c *comparison) namedRows(file string) {
	before := map[string]row{}
	for _, r := range c.recorded.rows[file] {
		before[identity(r)] = r
	}
	for _, r := range c.papers.season.rows[file] {
		was := before[identity(r)]
		delete(before, identity(r))
		if was == nil {
			if t, isTarget := r.(*targetRow); !isTarget || t.target != "" {
				c.fresh.rows[file] = append(c.fresh.rows[file], r)
			}
			continue
		}
		if column, differs := differing(was, r); differs {
			c.contradicts(file, r.from().line, column, cellOf(was, column))
		}
	}
	for _, r := range c.recorded.rows[file] {
		if before[identity(r)] == r && file != unitsFile {
			c.vanished(file, "", describe(r))
		}
	}
}

// unnamedRows compares the rows of a table that are known by their content only, as often as it is there.
func (c *comparison) unnamedRows(file string) {
	times := map[string]int{}
	for _, r := range c.recorded.rows[file] {
		times[content(r)]++
	}
	var open, left []row // those that are not in the other as they are, perhaps because a text was erased
	for _, r := range c.papers.season.rows[file] {
		if times[content(r)]--; times[content(r)] < 0 {
			times[content(r)] = 0
			open = append(open, r)
		}
	}
	for _, r := range c.recorded.rows[file] {
		if times[content(r)]--; times[content(r)] >= 0 {
			left = append(left, r)
		}
	}
	for _, r := range open {
		if at := matching(left, r); at >= 0 {
			left = slices.Delete(left, at, at+1)
		} else {
			c.fresh.rows[file] = append(c.fresh.rows[file], r)
		}
	}
	for _, r := range left {
		c.vanished(file, "", describe(r))
	}
}

// matching returns the place of a row that differs in nothing, -1 where there is none.
func matching(recorded []row, r row) int {
	for i, was := range recorded {
		if _, differs := differing(was, r); !differs {
			return i
		}
	}
	return -1
}

func (c *comparison) contradicts(file string, line int, column, was string) {
	c.faults = append(c.faults, fault(file, line, column, domain.RuleContradiction,
		"%s ở đây khác với số đã ghi nhận (%q); số đã ghi không đổi được, hãy ghi lại như cũ",
		"%s is not what stands on the record (%q); what is recorded does not change, write it as it was", column, shorten(was)))
}

func (c *comparison) vanished(file, column, what string) {
	c.faults = append(c.faults, fault(file, 0, column, RuleVanished,
		"mục đã ghi nhận không còn trong gói: %s; hãy đưa lại vào", "what stands on the record is no longer in the bundle: %s; put it back", shorten(what)))
}

// describe names a row by its cells that name nobody.
func describe(r row) string {
	var parts []string
	for _, pair := range impersonal(r) {
		parts = append(parts, pair[1])
	}
	return strings.Join(parts, ", ")
}

func cellOf(r row, column string) string {
	for _, c := range r.cells() {
		if c.column == column {
			return c.field.text()
		}
	}
	return ""
}
