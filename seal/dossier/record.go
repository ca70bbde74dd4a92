package dossier

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"thidua/domain"
	"thidua/eventlog/envelope"
	"thidua/seal"
)

// The names of the files that all else follows from.
const (
	checkpointName  = "checkpoint"
	eventsName      = "events.jsonl"
	disclosuresName = "disclosures.jsonl"
	policyName      = "policy.txt"
	pageName        = "verify.html"
	evidenceFolder  = "evidence/"
	tileFolder      = "tile/"
)

// Record is what a dossier is made from: what stands in it and does not follow from anything else in it, but for the tiles and the files of
// evidence, which are too large to be held.
type Record struct {
	Season      string
	Unit        string // "" for all
	Whole       bool
	Checkpoint  seal.Checkpoint
	Entries     []Entry  // of the season, and of the registers that it refers to, in the order of the log
	Disclosures []string // as they are written, in any order
	Policy      string   // of the log's owner, in the form of C2SP tlog-policy
	Page        []byte   // that verifies the dossier in a browser; nil for none
	Later       []Later  // erasures that the log holds behind the checkpoint, in the order of the log
}

// account is a record that was read: its events, what they add up to, and what was disclosed of them.
type account struct {
	Record
	lying  []domain.Recorded // the events as they lie
	events []domain.Recorded // what was discarded is a domain.Voided
	world  *domain.World
	erased map[string]bool   // the digests of texts and files that an event erases
	texts  map[string]string // by digest
	tree   *seal.Tree
}

// newAccount reads a record.
func newAccount(r Record, tree *seal.Tree) (*account, error) {
	lying, err := decode(r.Checkpoint.Origin, r.Entries)
	if err != nil {
		return nil, err
	}
	a := &account{Record: r, lying: lying, events: domain.Void(lying), tree: tree, texts: map[string]string{}}
	if err := a.erasures(); err != nil {
		return nil, err
	}
	for _, encoded := range r.Disclosures {
		digest := envelope.DisclosureDigest(encoded)
		_, text, err := envelope.Disclose(digest, encoded)
		if err != nil {
			return nil, refuse(disclosuresName, "bản mở %s không đúng dạng", "the disclosure %s is not of the form", digest)
		}
		a.texts[digest] = text
	}
	a.world = domain.NewWorld(r.Season, a.recorded())
	for _, r := range a.events {
		a.world.Evolve(r)
	}
	return a, nil
}

// recorded is when the last of the season's events was taken in.
func (a *account) recorded() (last time.Time) {
	for _, r := range a.events {
		if r.Stream.Season == a.Season && r.RecordedTime.After(last) {
			last = r.RecordedTime
		}
	}
	return last
}

// everybodys are the aggregates whose events are about no single unit.
var everybodys = []domain.Aggregate{domain.AggregatePerson, domain.AggregateSeason, domain.AggregateInspection}

// concerns reports whether the texts and files of an event belong into the dossier: it is of all units, or the event is about its unit or about
// no unit.
func (a *account) concerns(r domain.Recorded) bool {
	if a.Unit == "" || slices.Contains(everybodys, r.Stream.Aggregate) {
		return true
	}
	switch e := r.Event.(type) {
	case *domain.AwardGranted:
		return e.Unit == a.Unit
	case *domain.BallotTallied:
		return e.Unit == a.Unit
	}
	return r.Stream.Unit == a.Unit || r.Stream.Unit == "" && r.Stream.Season == ""
}

var (
	digestIn = regexp.MustCompile(`\{"sd":"([A-Za-z0-9_-]{43})"\}`)
	personIn = regexp.MustCompile(`"(p-[0-9a-f]{32})"`)
)

// DigestsIn lists the digests of disclosures that an event has. In canonical JSON a quote within a text is escaped, so that nothing which people
// wrote can look like one.
func DigestsIn(payload []byte) []string { return submatches(digestIn, payload) }

// PersonsIn lists the refs of persons that an event names.
func PersonsIn(payload []byte) []string { return submatches(personIn, payload) }

func submatches(form *regexp.Regexp, payload []byte) (found []string) {
	for _, m := range form.FindAllSubmatch(payload, -1) {
		found = append(found, string(m[1]))
	}
	return found
}

// wantedPersons are the refs that the events which concern the dossier name; of others only the registration is in it, without their names.
func (a *account) wantedPersons() map[string]bool {
	wanted := map[string]bool{}
	for _, r := range a.events {
		if r.Stream.Aggregate != domain.AggregatePerson && a.concerns(r) {
			for _, ref := range PersonsIn(r.Payload) {
				wanted[ref] = true
			}
		}
	}
	return wanted
}

// wantedDigests lists the digests that the dossier must disclose, unless they were erased, with the position of the event that names each.
func (a *account) wantedDigests() map[string]domain.Position {
	digests, persons := map[string]domain.Position{}, a.wantedPersons()
	for _, r := range a.events {
		_, voided := r.Event.(*domain.Voided)
		if voided || r.Stream.Aggregate == domain.AggregatePerson && !persons[r.Stream.Key] || !a.concerns(r) {
			continue
		}
		for _, digest := range DigestsIn(r.Payload) {
			if _, known := digests[digest]; !known {
				digests[digest] = r.Position
			}
		}
	}
	return digests
}

// wantedEvidence lists the files that the dossier must have, unless they were erased, by digest.
func (a *account) wantedEvidence() map[string]named {
	files := map[string]named{}
	for _, r := range a.events {
		if !a.concerns(r) {
			continue
		}
		for _, f := range domain.EvidenceOf(r.Event) {
			if _, known := files[f.SHA256]; !known {
				files[f.SHA256] = named{f, r.Position}
			}
		}
	}
	return files
}

// named is a file of evidence and the position of the event that names it first.
type named struct {
	domain.Evidence
	position domain.Position
}

// disclosures writes the disclosures, in the order of their digests.
func (r *Record) disclosures() []byte {
	lines := make([]string, len(r.Disclosures))
	for i, encoded := range r.Disclosures {
		lines[i] = `{"sd":"` + envelope.DisclosureDigest(encoded) + `","disclosure":"` + encoded + "\"}\n"
	}
	slices.Sort(lines)
	return []byte(strings.Join(slices.Compact(lines), ""))
}

// readDisclosures reads what disclosures wrote.
func readDisclosures(content []byte) (encoded []string, err error) {
	for i, line := range strings.SplitAfter(string(content), "\n") {
		if line == "" {
			continue
		}
		_, rest, _ := strings.Cut(line, `","disclosure":"`)
		text, ok := strings.CutSuffix(rest, "\"}\n")
		if !ok {
			return nil, refuse(disclosuresName, "dòng %d không đúng dạng", "line %d is not of the form", i+1)
		}
		encoded = append(encoded, text)
	}
	if string((&Record{Disclosures: encoded}).disclosures()) != string(content) {
		return nil, refuse(disclosuresName, "không đúng dạng hoặc không đúng thứ tự", "it is not of the form, or out of order")
	}
	return encoded, nil
}

// name is a person's name where it is known, else the ref.
func (a *account) name(ref string) string {
	if p := a.world.Persons[ref]; p != nil && p.Name != nil {
		if name := a.texts[p.Name.Digest]; name != "" {
			return name
		}
	}
	return ref
}

// text is what a digest stands for, "" where that is not known.
func (a *account) text(d *domain.Disclosable) string {
	if d == nil {
		return ""
	}
	return a.texts[d.Digest]
}
