package bundle

import (
	"cmp"
	"slices"

	"thidua/domain"
)

// season is a season's papers, typed: what season.yaml says, and the rows of each table by its file.
type season struct {
	id          string
	finalisedAt domain.Instant
	draft       domain.SeasonDrafted
	criteria    []domain.CriterionDefined
	rows        map[string][]row
	// read says that season.yaml is one document, so that what it does not say is not there.
	read bool
}

func newSeason() *season { return &season{rows: map[string][]row{}} }

// count returns the number of rows in all tables.
func (s *season) count() int {
	n := 0
	for _, rows := range s.rows {
		n += len(rows)
	}
	return n
}

// keys is a mapping of season.yaml: to be read, or to be written.
type keys interface {
	// scalar binds a key to a field.
	scalar(name string, f field, need need)
	// mapping returns the mapping under a key, nil where there is none. Whether there is one to be written is said by present.
	mapping(name string, need need, present bool) keys
	// list returns the entries of the list under a key. How many there are to be written is said by length.
	list(name string, need need, length int) []keys
	// scalars binds the list of texts under a key.
	scalars(name string, texts *[]string, form func(*string) field)
}

// need says whether a key must be there.
type need bool

const (
	required need = true
	optional need = false
)

// describe binds the keys of season.yaml, in the order of spec "bundle".
func (s *season) describe(k keys) {
	d := &s.draft
	k.scalar("season", id(&s.id), required)
	k.scalar("cluster", filled(&d.Cluster), required)
	k.scalar("year", whole{&d.Year}, required)
	describeNames(k, "title", &d.Title)
	k.scalar("timezone", filled(&d.Timezone), required)
	k.scalars("members", &d.Members, id)
	k.scalar("head", id(&d.Head), required)
	k.scalar("deputy", id(&d.Deputy), optional)
	k.scalar("finalised_at", instant{&s.finalisedAt}, optional)
	describeList(k, "periods", required, &d.Periods, describePeriod)
	describeList(k, "awards", optional, &d.Awards, describeAward)
	if ruleset := k.mapping("ruleset", required, true); ruleset != nil {
		describeRules(ruleset, &d.Rules)
		describeList(ruleset, "criteria", required, &s.criteria, describeCriterion)
	}
}

func describePeriod(k keys, p *domain.Period) {
	k.scalar("id", code(&p.ID), required)
	k.scalar("from", date(&p.From), required)
	k.scalar("to", date(&p.To), required)
	k.scalar("deadline", date(&p.Deadline), required)
	k.scalar("lock", date(&p.Lock), required)
}

func describeAward(k keys, a *domain.Award) {
	k.scalar("id", code(&a.ID), required)
	describeNames(k, "title", &a.Title)
	k.scalar("limit", whole{&a.Limit}, required)
	k.scalar("max_rank", whole{&a.MaxRank}, optional)
	k.scalar("min_tier", code(&a.MinTier), optional)
	if ballot := k.mapping("ballot", optional, a.Ballot != nil); ballot != nil {
		a.Ballot = cmp.Or(a.Ballot, &domain.BallotCondition{})
		ballot.scalar("body", filled(&a.Ballot.Body), required)
		ballot.scalar("at_least_percent", whole{&a.Ballot.AtLeastPercent}, required)
	}
}

func describeRules(k keys, r *domain.Rules) {
	k.scalar("scale", decimal{&r.Scale}, required)
	if rounding := k.mapping("rounding", required, true); rounding != nil {
		rounding.scalar("digits", whole{&r.Rounding.Digits}, required)
	}
	k.scalar("bonus_cap", decimal{&r.BonusCap}, required)
	if lateness := k.mapping("lateness", required, true); lateness != nil {
		lateness.scalar("per_report", decimal{&r.Lateness.PerReport}, required)
		lateness.scalar("max", decimal{&r.Lateness.Max}, required)
	}
	k.scalars("tie_break", &r.TieBreak, filled)
	describeList(k, "tiers", required, &r.Tiers, describeTier)
}

func describeTier(k keys, t *domain.Tier) {
	k.scalar("id", code(&t.ID), required)
	describeNames(k, "name", &t.Name)
	k.scalar("min_total", decimal{&t.MinTotal}, required)
	k.scalar("min_item_share", decimal{&t.MinItemShare}, optional)
}

func describeCriterion(k keys, c *domain.CriterionDefined) {
	k.scalar("id", code(&c.ID), required)
	k.scalar("group", filled(&c.Group), required)
	describeNames(k, "name", &c.Name)
	k.scalar("measure", free(&c.Measure), required)
	k.scalar("kind", filled(&c.Kind), required)
	k.scalar("direction", filled(&c.Direction), required)
	k.scalar("over_time", filled(&c.OverTime), required)
	k.scalar("points", decimal{&c.Points}, required)
	k.scalar("formula", filled(&c.Formula), required)
	k.scalar("cap", decimal{&c.Cap}, optional)
	describeList(k, "steps", optional, &c.Steps, func(k keys, s *domain.Step) {
		k.scalar("at_least", decimal{&s.AtLeast}, required)
		k.scalar("share", decimal{&s.Share}, required)
	})
	k.scalar("step_percent", decimal{&c.StepPercent}, optional)
	k.scalar("per_step", decimal{&c.PerStep}, optional)
	k.scalar("per_item", decimal{&c.PerItem}, optional)
}

func describeNames(k keys, name string, names *domain.Names) {
	if k := k.mapping(name, required, true); k != nil {
		k.scalar("vi", filled(&names.VI), required)
		k.scalar("en", filled(&names.EN), required)
	}
}

// describeList binds each entry of a list, which is as long as the papers or the record have it.
func describeList[T any](k keys, name string, need need, items *[]T, describe func(keys, *T)) {
	entries := k.list(name, need, len(*items))
	*items = slices.Grow(*items, len(entries))[:len(entries)]
	for i, entry := range entries {
		if entry != nil {
			describe(entry, &(*items)[i])
		}
	}
}

// filled is a text that must not be empty.
func filled(value *string) field {
	return textual[string]{value, func(text string) (string, error) {
		if text == "" {
			return "", &domain.Problem{Rule: RuleEmpty, Text: domain.Text{VI: "khóa này không được để trống", EN: "this key must not be empty"}}
		}
		return domain.ParseText(text)
	}}
}
