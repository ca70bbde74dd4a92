package bundle

import (
	"fmt"
	"slices"
	"time"

	"thidua/domain"
)

// breach is one rule that the papers break, and where. A row is nil for a key of season.yaml, whose path is the column.
type breach struct {
	row     row
	column  string
	problem *domain.Problem
}

func (b breach) file() string {
	if b.row == nil {
		return seasonFile
	}
	return b.row.from().file
}

// Judge judges the whole bundle against every rule, as of now, and lists all errors: those of form, and those of the domain's rules in a
// world in which all that the papers say has happened. What only follows from another error is not told.
func (b *Bundle) Judge(now time.Time) []Fault {
	p := &b.papers
	faults := slices.Concat(p.faults, newCauses(p).tell(p.breaches(now)))
	sortFaults(faults)
	return faults
}

// event is a change that a step of the papers made.
type event struct {
	step   step
	change domain.Change
}

// breaches lets all of the papers happen and asks every rule.
func (p *papers) breaches(now time.Time) []breach {
	w := domain.NewWorld(p.season.id, now)
	events := p.season.happen(w)
	found := append(p.unlisted(), p.blankTargets(w)...)
	for _, e := range events {
		if !isAwarding(e.step.file) {
			found = append(found, judged(w, e)...)
		}
	}
	// A ranking is made only of papers that the rules let through: its engine relies on them.
	if p.season.finalisedAt.Given() && p.feedsRanking() && !slices.ContainsFunc(found, func(b breach) bool { return isFeeding(b.file()) }) {
		w.Apply(domain.FinaliseRanking{Season: p.season.id, T: p.season.finalisedAt}.Changes(w))
	}
	for _, e := range events {
		if isAwarding(e.step.file) {
			found = append(found, judged(w, e)...)
		}
	}
	return found
}

// happen lets the papers happen in a world, with a final ranking that has no standings yet.
func (s *season) happen(w *domain.World) []event {
	var events []event
	m := plainMaker(s)
	for _, step := range s.schedule(s.whole()) {
		changes := step.unranked(w, m)
		w.Apply(changes)
		for _, change := range changes {
			events = append(events, event{step, change})
		}
	}
	return events
}

// plainMaker makes commands for judging: a person is known by the name in the papers, and every text is open.
func plainMaker(s *season) maker {
	// Digest has the length of a real one, so that the size of an event is judged as it will be.
	const digest = "0000000000000000000000000000000000000000000"
	return maker{
		season: s.id, members: s.draft.Members, id: "00000000-0000-8000-8000-000000000000", actor: "system:import",
		person: func(account string) string { return account },
		seal: func(_, text string) *domain.Disclosable {
			if text == "" {
				return nil
			}
			return &domain.Disclosable{Digest: digest, Text: text}
		},
	}
}

// judged asks the rules about one change and places what they find.
func judged(w *domain.World, e event) []breach {
	problems := w.Check(e.change)
	switch {
	case e.step.file == targetsFile:
		return judgedTargets(w, e, problems)
	case len(e.step.rows) == 0:
		return placed(nil, problems)
	}
	return placed(e.step.rows[0], problems)
}

func placed(r row, problems domain.Problems) []breach {
	breaches := make([]breach, len(problems))
	for i, p := range problems {
		breaches[i] = breach{row: r, column: p.Field, problem: p}
	}
	return breaches
}

// judgedTargets finds which rows of a unit's targets its problems are about: each is asked about alone, and with the one that it repeats.
// What is wrong with none of them alone is told of the last.
func judgedTargets(w *domain.World, e event, problems domain.Problems) (found []breach) {
	told := map[string]bool{}
	for i, r := range e.step.rows {
		asked := []*targetRow{r.(*targetRow)}
		if i > 0 && e.step.rows[i-1].about() == r.about() {
			asked = append(asked, asked[0])
		}
		for _, b := range judgedTarget(w, asked) {
			told[b.problem.Error()] = true
			found = append(found, b)
		}
	}
	for _, p := range problems {
		if !told[p.Error()] {
			found = append(found, placed(e.step.rows[len(e.step.rows)-1], domain.Problems{p})...)
		}
	}
	return found
}

// blankTargets asks about the rows that set no target: what they name must be there all the same.
func (p *papers) blankTargets(w *domain.World) (found []breach) {
	for _, r := range p.season.rows[targetsFile] {
		if t := r.(*targetRow); t.target == "" {
			named := *t
			named.target = domain.NotApplicable
			for _, b := range judgedTarget(w, []*targetRow{&named}) {
				found = append(found, breach{row: r, column: b.column, problem: b.problem})
			}
		}
	}
	return found
}

// judgedTarget asks about targets of one criterion as if they were all of a unit's.
func judgedTarget(w *domain.World, rows []*targetRow) []breach {
	command := setTargets(w.Season.ID, rows)
	return placed(rows[0], w.Check(command.Changes(w)[0]))
}

// unlisted finds members that units.csv does not have.
func (p *papers) unlisted() (found []breach) {
	listed := map[string]bool{}
	for _, r := range p.season.rows[unitsFile] {
		listed[r.about().unit] = true
	}
	for i, member := range p.season.draft.Members {
		if !listed[member] {
			found = append(found, breach{column: fmt.Sprintf("members.%d", i), problem: &domain.Problem{Rule: domain.RuleUnitListed, Field: member, Text: domain.Text{
				VI: fmt.Sprintf("đơn vị thành viên %s không có trong units.csv; hãy thêm dòng của đơn vị đó", member),
				EN: fmt.Sprintf("the member %s is not in units.csv; add its row", member),
			}}})
		}
	}
	return found
}

// feedsRanking reports whether all that a ranking is made of could be read.
func (p *papers) feedsRanking() bool {
	for file, broken := range p.broken {
		if isFeeding(file) && len(broken) > 0 {
			return false
		}
	}
	return p.season.read && len(p.outline.faulty) == 0
}

// isAwarding reports whether rows of a file stand on the final ranking.
func isAwarding(file string) bool { return file == ballotsFile || file == awardsFile }

// isFeeding reports whether a ranking is made from what a file says.
func isFeeding(file string) bool {
	return !isAwarding(file) && file != unitsFile && file != holdsFile
}
