package dossier

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"thidua/domain"
)

// derived is a file that follows from the record.
type derived struct {
	name    string
	content []byte
}

// derive makes all files that follow from the record. The same record gives the same bytes.
func (a *account) derive() ([]derived, error) {
	var files []derived
	for _, f := range []struct {
		name  string
		write func() ([]byte, error)
	}{
		{rulesetName, a.ruleset},
		{inputsName, a.inputs},
		{rankingName, a.ranking},
		{resultName, a.result},
		{awardsName, a.awards},
		{"listing.csv", a.listing},
		{"report.vi.html", func() ([]byte, error) { return a.report("vi"), nil }},
		{"report.en.html", func() ([]byte, error) { return a.report("en"), nil }},
		{"README.vi.md", func() ([]byte, error) { return a.readme(readmeVI), nil }},
		{"README.en.md", func() ([]byte, error) { return a.readme(readmeEN), nil }},
	} {
		content, err := f.write()
		if err != nil {
			return nil, fmt.Errorf("dossier: %s: %w", f.name, err)
		}
		files = append(files, derived{f.name, content})
	}
	files = append(files, a.signatures()...)
	proofs, err := a.proofs()
	return append(files, proofs...), err
}

const (
	rulesetName  = "ruleset.json"
	inputsName   = "inputs.json"
	rankingName  = "ranking.json"
	resultName   = "result.json"
	awardsName   = "awards.json"
	proofsFolder = "proofs/"
	proofEnding  = ".tlog-proof"
)

// ruleset is the canonical JSON of the season's rules: its SHA-256 is the ruleset_sha256 of the events.
func (a *account) ruleset() ([]byte, error) {
	rules := a.world.Season.Ruleset()
	if rules.TieBreak == nil {
		rules.TieBreak = []string{}
	}
	return domain.Canonical(rules)
}

// rankingFile is the form of `ranking --json`.
type rankingFile struct {
	Season        string            `json:"season"`
	Position      domain.Position   `json:"position"`
	At            *string           `json:"at"`
	Final         bool              `json:"final"`
	RulesetSHA256 string            `json:"ruleset_sha256"`
	Complete      bool              `json:"complete"`
	Lost          []domain.Position `json:"lost,omitempty"`
	Standings     []domain.Standing `json:"standings"`
}

// standings ranks the season from all that the log held at the checkpoint. A season that is half imported, or has lost events, has no ranking.
func (a *account) standings() domain.Ranking {
	if !a.complete() {
		return domain.Ranking{}
	}
	return a.world.Ranking(a.recorded())
}

func (a *account) complete() bool { return a.world.Season.Importing == "" && len(a.world.Lost) == 0 }

func (a *account) ranking() ([]byte, error) {
	ranking := a.standings()
	return indented(rankingFile{
		Season: a.Season, Position: domain.Position(a.Checkpoint.Size), Final: ranking.Final, RulesetSHA256: a.world.Season.RulesetSHA256,
		Complete: a.complete(), Lost: a.world.Lost, Standings: append([]domain.Standing{}, ranking.Standings...),
	})
}

// result is the canonical JSON of the standings: its SHA-256 is the result_sha256 of the final ranking.
func (a *account) result() ([]byte, error) {
	final := a.world.Season.Final
	if final == nil {
		return domain.Canonical(append([]domain.Standing{}, a.standings().Standings...))
	}
	return domain.Canonical(append([]domain.Standing{}, a.finalised().Ranking(final.T.Time()).Standings...))
}

// finalised is the world of the events that the final ranking stands on. What was discarded after it counted in it.
func (a *account) finalised() *domain.World {
	w, end := domain.NewWorld(a.Season, a.recorded()), len(a.lying)
	for i, r := range a.lying {
		if r.Position > a.world.Season.Final.Position {
			end = i
			break
		}
	}
	for _, r := range domain.Void(a.lying[:end]) {
		w.Evolve(r)
	}
	return w
}

func indented(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	err := encoder.Encode(value)
	return b.Bytes(), err
}

// matters reports whether so much hangs on an event that it is given with a proof of its own.
func matters(e domain.Event) bool {
	switch e.(type) {
	case *domain.RankingFinalised, *domain.PledgeSigned, *domain.AwardGranted, *domain.SignatureAdded, *domain.SampleCommitted, *domain.SampleDrawn:
		return true
	}
	return false
}

// proofs gives the events that matter, each in a file of its own beside its proof of inclusion (C2SP tlog-proof).
func (a *account) proofs() (files []derived, err error) {
	for _, r := range a.events {
		if !matters(r.Event) {
			continue
		}
		proof, err := a.tree.Inclusion(int64(r.Position) - 1)
		if err != nil {
			return nil, err
		}
		name := fmt.Sprintf("%s%d.json", proofsFolder, r.Position)
		files = append(files, derived{name, r.Payload}, derived{name + proofEnding, proofText(int64(r.Position)-1, proof, a.Checkpoint.Note)})
	}
	return files, nil
}

// proofText writes a proof: C2SP tlog-proof.
func proofText(index int64, proof tlog.RecordProof, checkpoint []byte) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "c2sp.org/tlog-proof@v1\nindex %d\n", index)
	for _, h := range proof {
		b.WriteString(base64.StdEncoding.EncodeToString(h[:]) + "\n")
	}
	return append([]byte(b.String()+"\n"), checkpoint...)
}
