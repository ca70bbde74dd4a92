package bundle

import (
	"slices"
	"strconv"
	"strings"

	"thidua/domain"
)

// step is one command that the papers ask for.
type step struct {
	// file and rows are where it stands; season.yaml has no rows.
	file string
	rows []row
	at   domain.Instant
	// name tells the command from every other: the same papers ask for the same commands.
	name []string
	// said is what the command says without what can name a person.
	said any
	// final says that the command stands on the whole season as it is on the log.
	final   bool
	command func(maker) domain.Command
}

// unranked lets the step happen in a world, but for the standings of a final ranking, which are made when it is known that they can be.
func (s step) unranked(w *domain.World, m maker) []domain.Change {
	if s.final {
		return []domain.Change{{Stream: domain.SeasonStream(m.season), Time: s.at, Event: &domain.RankingFinalised{T: s.at}}}
	}
	return s.command(m).Changes(w)
}

// part is what of a season's papers is asked for: all, or what is not on the record.
type part struct {
	draft, final bool
	rows         map[string][]row
}

// whole is all of the papers.
func (s *season) whole() part {
	return part{draft: s.read, final: s.finalisedAt.Given(), rows: s.rows}
}

// schedule puts what the papers ask for in the order in which it happened. What has no moment comes first, in the order of the files. The
// ranking is finalised after every row that feeds it, even where a row says that it came later, which is for the rules to judge; ballots
// and awards follow.
func (s *season) schedule(p part) []step {
	steps := s.rowSteps(p, unitsFile)
	if p.draft {
		steps = append(steps, s.draftStep())
	}
	steps = append(steps, s.targetSteps(p)...)
	steps = append(steps, s.rowSteps(p, holdsFile)...)
	dated := s.rowSteps(p, signaturesFile, valuesFile, verifiedFile, adjustedFile, exceptionsFile)
	steps = append(steps, inOrder(dated)...)
	if p.final {
		steps = append(steps, s.finalStep())
	}
	return append(steps, inOrder(s.rowSteps(p, ballotsFile, awardsFile))...)
}

// inOrder sorts steps by their moments, those without one first, and keeps the order of those at one moment.
func inOrder(steps []step) []step {
	slices.SortStableFunc(steps, func(a, b step) int { return a.at.Time().Compare(b.at.Time()) })
	return steps
}

// rowSteps makes a step of each row. Where two rows are the same, the name of the second says that it is the second.
func (s *season) rowSteps(p part, files ...string) []step {
	var steps []step
	for _, file := range files {
		asked := map[row]bool{}
		for _, r := range p.rows[file] {
			asked[r] = true
		}
		times := map[string]int{}
		for _, r := range s.rows[file] {
			content := content(r)
			times[content]++
			if asked[r] {
				steps = append(steps, s.rowStep(r, file, content, times[content]))
			}
		}
	}
	return steps
}

func (s *season) rowStep(r row, file, content string, times int) step {
	season := s.id
	if file == unitsFile {
		season = "" // the register is everybody's
	}
	return step{
		file: file, rows: []row{r}, at: r.happened(), command: r.command,
		name: []string{season, file, content, strconv.Itoa(times)},
		said: []any{season, file, impersonal(r), strconv.Itoa(times)},
	}
}

// targetSteps sets the targets of each unit at once: the command says all of a unit's targets, also where only one of them is new.
func (s *season) targetSteps(p part) []step {
	asked := map[string]bool{}
	for _, r := range p.rows[targetsFile] {
		asked[r.about().unit] = true
	}
	units, rows := []string{}, map[string][]*targetRow{}
	for _, r := range s.rows[targetsFile] {
		if t := r.(*targetRow); t.target != "" && asked[t.unit] {
			if rows[t.unit] == nil {
				units = append(units, t.unit)
			}
			rows[t.unit] = append(rows[t.unit], t)
		}
	}
	steps := make([]step, len(units))
	for i, unit := range units {
		steps[i] = s.targetStep(rows[unit])
	}
	return steps
}

func (s *season) targetStep(rows []*targetRow) step {
	slices.SortStableFunc(rows, func(a, b *targetRow) int { return strings.Compare(a.criterion, b.criterion) })
	t := step{file: targetsFile, name: []string{s.id, targetsFile}, command: func(m maker) domain.Command { return setTargets(m.season, rows) }}
	said := []any{s.id, targetsFile}
	for _, r := range rows {
		t.rows, t.name, said = append(t.rows, r), append(t.name, content(r)), append(said, impersonal(r))
	}
	t.said = said
	return t
}

func (s *season) draftStep() step {
	return step{
		file: seasonFile, name: append([]string{s.id, seasonFile}, s.lines()...), said: []any{s.id, seasonFile, s.lines()},
		command: func(maker) domain.Command {
			return domain.DraftSeason{Season: s.id, Draft: s.draft, Criteria: s.criteria}
		},
	}
}

func (s *season) finalStep() step {
	name := []string{s.id, "finalised_at", instant{&s.finalisedAt}.plain()}
	return step{
		file: seasonFile, at: s.finalisedAt, name: name, said: name, final: true,
		command: func(maker) domain.Command { return domain.FinaliseRanking{Season: s.id, T: s.finalisedAt} },
	}
}
