package dossier_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/seal/dossier"
)

var allSteps = []string{"zip", "manifest", "checkpoint", "tree", "events", "complete", "signatures", "disclosures", "evidence", "ranking", "awards", "samples", "report"}

func steps(v *dossier.Verdict) (names []string) {
	for _, s := range v.Steps {
		names = append(names, s.Name)
	}
	return names
}

func TestDossierVerifies(t *testing.T) {
	t.Parallel()
	l := example(t)
	file := l.makes(t, l.record(t, nil), l.key)
	v := verify(file, l.key)
	for _, s := range v.Steps {
		t.Logf("%v %s %s | %s", s.OK, s.Name, s.Text.EN, s.Text.VI)
	}
	if diff := cmp.Diff(allSteps, steps(v)); diff != "" || !v.OK() {
		t.Errorf("it does not verify; steps (-want +got):\n%s", diff)
	}
	if len(v.Standings) != 7 || v.Standings[0].Rank != 1 || !v.Final {
		t.Errorf("its ranking is %+v", v.Standings)
	}
	for _, name := range []string{"report.vi.html", "report.en.html"} {
		files := unzip(t, file)
		i := slices.IndexFunc(files, func(f zipped) bool { return f.name == name })
		for _, want := range []string{"937", "Nguyễn Thị A (minh hoạ)", `class="note"`, "412/QĐ-ĐCT"} {
			if !bytes.Contains(files[i].content, []byte(want)) {
				t.Errorf("%s does not have %q", name, want)
			}
		}
	}
	if again := l.makes(t, l.record(t, nil), l.key); !bytes.Equal(file, again) {
		t.Error("made again, it is another file")
	}
	for _, method := range []uint16{zip.Store, zip.Deflate} {
		if v := verify(rezip(t, unzip(t, file), method), l.key); !v.OK() {
			t.Errorf("packed again, it does not verify: %+v", v.Steps)
		}
	}
}

// The change of any one file is found, and the file named.
func TestChangedFileIsNamed(t *testing.T) {
	t.Parallel()
	m := theDossier(t)
	files := unzip(t, m.file)
	some := 1
	if testing.Short() { // under the race detector
		some = 8
	}
	for i, f := range files {
		if len(f.content) == 0 || i%some != 0 {
			continue
		}
		changed := slices.Clone(files)
		changed[i].content = bytes.Clone(f.content)
		changed[i].content[len(f.content)/2] ^= 1
		step, file := failed(verify(rezip(t, changed, zip.Store), m.key))
		if step != dossier.StepManifest || file != f.name {
			t.Errorf("%s was changed: the step %q fails and names %q", f.name, step, file)
		}
		without := slices.Delete(slices.Clone(files), i, i+1)
		if step, file := failed(verify(rezip(t, without, zip.Store), m.key)); step != dossier.StepManifest || file != f.name {
			t.Errorf("%s was taken out: the step %q fails and names %q", f.name, step, file)
		}
	}
	more := append(slices.Clone(files), zipped{"evidence/more", []byte("more")})
	if step, file := failed(verify(rezip(t, more, zip.Store), m.key)); step != dossier.StepManifest || file != "evidence/more" {
		t.Errorf("a file was put in: the step %q fails and names %q", step, file)
	}
}

func TestAnotherKeyIsRefused(t *testing.T) {
	t.Parallel()
	m, other := theDossier(t), theDossier(t)
	if step, _ := failed(verify(m.file, other.key)); step != dossier.StepManifest {
		t.Errorf("with another key it fails at %q", step)
	}
	for _, key := range []string{"", "x", strings.Replace(m.key.Public(), "+", "-", 1)} {
		v := dossier.Verify(bytes.NewReader(m.file), int64(len(m.file)), dossier.Ask{Key: key})
		if step, _ := failed(v); step != dossier.StepZip {
			t.Errorf("with the key %q it fails at %q", key, step)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	m := theDossier(b)
	b.ReportMetric(float64(len(m.file)), "bytes")
	for b.Loop() {
		if v := verify(m.file, m.key); !v.OK() {
			b.Fatal(v.Steps)
		}
	}
}

// BenchmarkVerifyNational is the example's season at the beginning of a log of a country's year.
func BenchmarkVerifyNational(b *testing.B) {
	const events = 1_080_000
	l := example(b)
	var payloads [][]byte
	for _, r := range l.events {
		payloads = append(payloads, r.Payload)
	}
	for i := len(payloads); i < events; i++ {
		payloads = append(payloads, fmt.Appendf(nil, `{"n":%d}`, i))
	}
	l.folder = b.TempDir()
	l.head = sealed(b, l.folder, l.key, payloads)
	file := l.makes(b, l.record(b, nil), l.key)
	for b.Loop() {
		if v := verify(file, l.key); !v.OK() {
			b.Fatal(v.Steps)
		}
	}
	b.ReportMetric(float64(len(file)), "bytes")
}
