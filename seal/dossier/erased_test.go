package dossier_test

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"thidua/domain"
	"thidua/seal/dossier"
)

// erasable finds the name of a file, the person who handed it in, and another file of evidence.
func (l *logged) erasable(t testing.TB) (digest, person, file string) {
	t.Helper()
	for _, r := range l.events {
		if e, ok := r.Event.(*domain.IndicatorReported); ok && len(e.Evidence) > 0 {
			if digest == "" {
				digest, person = e.Evidence[0].Name.Digest, e.By
			}
			file = e.Evidence[0].SHA256
		}
	}
	if digest == "" || file == "" {
		t.Fatal("the example has no evidence")
	}
	return digest, person, file
}

// What was erased is not in the dossier, the event that erased it is, and everything verifies: also as of a checkpoint before the erasure.
func TestErasedIsShownByItsEvent(t *testing.T) {
	t.Parallel()
	l := example(t)
	head := l.head
	digest, person, evidence := l.erasable(t)
	texts, err := l.log.Disclose(t.Context(), []string{digest})
	if err != nil {
		t.Fatal(err)
	}
	basis, opening, err := l.log.Seal("basis", "Điều 14")
	if err != nil {
		t.Fatal(err)
	}
	erased := &domain.DisclosureErased{
		Disclosures: []string{digest}, Evidence: []string{evidence}, Purposes: []string{domain.PurposeTexts, domain.PurposeEvidence}, Basis: basis, By: person, ApprovedBy: person,
	}
	l.appends(t, []domain.Disclosure{opening}, domain.Change{Stream: domain.PersonStream(person), Event: erased})
	if err := l.log.Forget(t.Context(), person, erased); err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string]func(*dossier.Record){
		"now":                                nil,
		"as of a checkpoint before the fact": func(r *dossier.Record) { r.Checkpoint = head },
	} {
		file := l.makes(t, l.record(t, edit), l.key)
		v := verify(file, l.key)
		if !v.OK() {
			t.Errorf("%s: it does not verify: %+v", name, v.Steps[len(v.Steps)-1])
		}
		if bytes.Contains(file, []byte(texts[digest])) {
			t.Errorf("%s: the text is still in it", name)
		}
		if !bytes.Equal(file, l.makes(t, l.record(t, edit), l.key)) {
			t.Errorf("%s: made again, it is another file", name)
		}
		var kept []zipped
		for _, f := range unzip(t, file) {
			if !strings.HasPrefix(f.name, "erased/") {
				kept = append(kept, f)
			}
		}
		step, _ := failed(verify(rezip(t, resigned(t, kept, l.key), zip.Store), l.key))
		if want := map[bool]string{true: "", false: dossier.StepDisclosures}[edit == nil]; step != want {
			t.Errorf("%s, without the erasure: it fails at %q, want %q", name, step, want)
		}
	}
}

// A text or file that is missing without an erasure is found, and none is made without it.
func TestMissingWithoutAnErasure(t *testing.T) {
	t.Parallel()
	m := theDossier(t)
	files := unzip(t, m.file)
	f := file(t, files, "disclosures.jsonl")
	for line := range bytes.Lines(f.content) {
		f.content = bytes.Replace(f.content, line, nil, 1)
		break
	}
	if step, name := failed(verify(rezip(t, resigned(t, files, m.key), zip.Store), m.key)); step != dossier.StepDisclosures || name != "disclosures.jsonl" {
		t.Errorf("without a disclosure it fails at %q and names %q", step, name)
	}
	files = unzip(t, m.file)
	for i, f := range files {
		if strings.HasPrefix(f.name, "evidence/") {
			without := append(files[:i:i], files[i+1:]...)
			if step, name := failed(verify(rezip(t, resigned(t, without, m.key), zip.Store), m.key)); step != dossier.StepEvidence || name != f.name {
				t.Errorf("without %s it fails at %q and names %q", f.name, step, name)
			}
			break
		}
	}
}

// A signature that does not count is found, whoever let it onto the log.
func TestForgedSignatureIsFound(t *testing.T) {
	t.Parallel()
	l := example(t)
	_, person, _ := l.erasable(t)
	final := domain.Position(0)
	for _, r := range l.events {
		if _, ok := r.Event.(*domain.RankingFinalised); ok {
			final = r.Position
		}
	}
	l.appends(t, nil, domain.Change{Stream: domain.SeasonStream(season), Time: domain.InstantOf(l.events[0].RecordedTime), Event: &domain.SignatureAdded{
		Position: final, StatementSHA256: strings.Repeat("0", 64), Signer: person, Signature: "forged",
	}})
	v := verify(l.makes(t, l.record(t, nil), l.key), l.key)
	if step, name := failed(v); step != dossier.StepSignatures || name != "events.jsonl" {
		t.Errorf("it fails at %q and names %q", step, name)
	}
}
