package dossier_test

import (
	"archive/zip"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"thidua/domain"
	"thidua/seal"
	"thidua/seal/dossier"
)

// entry is a line of events.jsonl.
type entry struct {
	Position domain.Position `json:"position"`
	Event    struct {
		Subject string `json:"subject"`
		Type    string `json:"type"`
	} `json:"event"`
}

// file gives one file of a dossier.
func file(t testing.TB, files []zipped, name string) *zipped {
	t.Helper()
	i := slices.IndexFunc(files, func(f zipped) bool { return f.name == name })
	if i < 0 {
		t.Fatalf("there is no %s", name)
	}
	files[i].content = bytes.Clone(files[i].content)
	return &files[i]
}

// without takes the first event out whose line has a text, and says where it was.
func without(t testing.TB, f *zipped, text string) domain.Position {
	t.Helper()
	for line := range bytes.Lines(f.content) {
		if !bytes.Contains(line, []byte(text)) {
			continue
		}
		var e entry
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		f.content = bytes.Replace(f.content, line, nil, 1)
		return e.Position
	}
	t.Fatalf("no event has %s", text)
	return 0
}

// An event of the season that was left out is found, even where the manifest is signed again with the log's key.
func TestLeftOutEventIsFound(t *testing.T) {
	t.Parallel()
	l := example(t)
	small, whole := l.makes(t, l.record(t, nil), l.key), l.makes(t, l.record(t, func(r *dossier.Record) { r.Whole = true }), l.key)
	if v := verify(whole, l.key); !v.OK() {
		t.Fatalf("the whole log does not verify: %+v", v.Steps)
	}
	for name, test := range map[string]struct {
		file []byte
		text string
		step string
	}{
		"a value":                  {small, `"type":"vn.thidua.indicator.reported.v1"`, dossier.StepComplete},
		"a member's registration":  {small, `"subject":"unit/_/son-la/_"`, dossier.StepRanking},
		"a registration, of whole": {whole, `"type":"vn.thidua.award.granted.v1"`, dossier.StepComplete},
	} {
		files := unzip(t, test.file)
		without(t, file(t, files, "events.jsonl"), test.text)
		if step, _ := failed(verify(rezip(t, resigned(t, files, l.key), zip.Store), l.key)); step != test.step {
			t.Errorf("%s was left out: it fails at %q", name, step)
		}
	}
}

// The last event of the season can be left out of a dossier that is not of the whole log, and only there: the verdict says so.
func TestLastEventIsProvedByTheWholeLogOnly(t *testing.T) {
	t.Parallel()
	l := example(t)
	v := verify(l.makes(t, l.record(t, nil), l.key), l.key)
	i := slices.IndexFunc(v.Steps, func(s dossier.Step) bool { return s.Name == dossier.StepComplete })
	if got := v.Steps[i].Text; !strings.Contains(got.EN, "--whole") || !strings.Contains(got.VI, "--whole") {
		t.Errorf("it does not say what is not shown: %+v", got)
	}
	files := unzip(t, l.makes(t, l.record(t, func(r *dossier.Record) { r.Whole = true }), l.key))
	f := file(t, files, "events.jsonl")
	lines := slices.Collect(bytes.Lines(f.content))
	last := slices.IndexFunc(lines, func(line []byte) bool { return bytes.Contains(line, []byte(`"seasonversion":800,`)) })
	f.content = bytes.Join(slices.Delete(lines, last, last+1), nil)
	if step, name := failed(verify(rezip(t, resigned(t, files, l.key), zip.Store), l.key)); step != dossier.StepComplete || name != "events.jsonl" {
		t.Errorf("it fails at %q and names %q", step, name)
	}
}

// A dossier of one unit has the figures of all, and texts and evidence of that one.
func TestDossierOfOneUnit(t *testing.T) {
	t.Parallel()
	l := example(t)
	all, one := unzip(t, l.makes(t, l.record(t, nil), l.key)), unzip(t, l.makes(t, l.record(t, func(r *dossier.Record) { r.Unit = "son-la" }), l.key))
	for _, name := range []string{"events.jsonl", "ranking.json", "inputs.json", "checkpoint"} {
		if !bytes.Equal(file(t, all, name).content, file(t, one, name).content) {
			t.Errorf("%s is another", name)
		}
	}
	if len(one) >= len(all) || len(file(t, one, "disclosures.jsonl").content) >= len(file(t, all, "disclosures.jsonl").content)/2 {
		t.Errorf("it has %d files of %d", len(one), len(all))
	}
	if v := verify(rezip(t, one, zip.Store), l.key); !v.OK() {
		t.Errorf("it does not verify: %+v", v.Steps)
	}
}

// appends puts events on the log, asking no rule, and seals it.
func (l *logged) appends(t testing.TB, disclosures []domain.Disclosure, changes ...domain.Change) {
	t.Helper()
	a := domain.Append{
		Issue:   domain.Issue{ID: uuid.NewString(), Digest: domain.Digest(changes[0].Stream), Actor: "system:test", Disclosures: disclosures},
		Changes: changes,
	}
	if _, err := l.log.Append(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	l.seal(t)
}

// A reader who has kept a checkpoint sees whether the log was rolled back or written anew; one who asks for a witness's time sees an old one.
func TestRollback(t *testing.T) {
	t.Parallel()
	l := example(t)
	old, oldHead := l.makes(t, l.record(t, nil), l.key), l.head
	l.appends(t, nil, domain.Change{Stream: domain.UnitStream("new-unit"), Event: &domain.UnitRegistered{Name: domain.Names{VI: "Mới"}, Level: "province"}})
	fresh := l.makes(t, l.record(t, nil), l.key)
	other, err := seal.Checkpoint{Origin: origin, Size: oldHead.Size, Root: l.head.Root}.Sign(l.key)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := seal.NewKey(rand.Reader, origin)
	if err != nil {
		t.Fatal(err)
	}
	unsigned, err := oldHead.Sign(foreign)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		file, since []byte
		step        string
	}{
		"it has grown":                      {fresh, oldHead.Note, ""},
		"it is the same":                    {old, oldHead.Note, ""},
		"it was rolled back":                {old, l.head.Note, dossier.StepSince},
		"it was written anew":               {fresh, other.Note, dossier.StepSince},
		"what was kept is of another's key": {fresh, unsigned.Note, dossier.StepSince},
		"what was kept is nothing":          {fresh, []byte("x"), dossier.StepSince},
	} {
		if step, _ := failed(verify(test.file, l.key, func(a *dossier.Ask) { a.Since = test.since })); step != test.step {
			t.Errorf("%s: it fails at %q, want %q", name, step, test.step)
		}
	}
}

// Two checkpoints of a log give two dossiers, each again byte for byte.
func TestDossierAtAnOlderCheckpoint(t *testing.T) {
	t.Parallel()
	l := example(t)
	old, head := l.makes(t, l.record(t, nil), l.key), l.head
	l.appends(t, nil, domain.Change{Stream: domain.UnitStream("new-unit"), Event: &domain.UnitRegistered{Name: domain.Names{VI: "Mới"}, Level: "province"}})
	again := l.makes(t, l.record(t, func(r *dossier.Record) { r.Checkpoint = head }), l.key)
	if !bytes.Equal(old, again) {
		t.Error("made again as of the same checkpoint, it is another file")
	}
	if bytes.Equal(old, l.makes(t, l.record(t, nil), l.key)) {
		t.Error("as of a later checkpoint it is the same file")
	}
}
