package dossier

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"thidua/domain"
	"thidua/seal"
)

// Verify verifies a dossier, step by step, and stops at the first that fails: whatever comes later would rest on it.
func Verify(file io.ReaderAt, size int64, ask Ask) *Verdict {
	v := &verification{ask: ask, verdict: &Verdict{}}
	for _, step := range []struct {
		name string
		take func() (domain.Text, error)
	}{
		{StepZip, func() (domain.Text, error) { return v.open(file, size) }},
		{StepManifest, v.manifestStep},
		{StepCheckpoint, v.checkpointStep},
		{StepTree, v.treeStep},
		{StepSince, v.sinceStep},
		{StepEvents, v.eventsStep},
		{StepComplete, v.completeStep},
		{StepSignatures, v.signaturesStep},
		{StepDisclosures, v.disclosuresStep},
		{StepEvidence, v.evidenceStep},
		{StepRanking, v.rankingStep},
		{StepAwards, v.awardsStep},
		{StepSamples, v.samplesStep},
		{StepReport, v.reportStep},
	} {
		if step.name == StepSince && ask.Since == nil {
			continue
		}
		done, err := step.take()
		if !v.verdict.step(step.name, done, err) {
			break
		}
	}
	return v.verdict
}

// verification is one that is under way.
type verification struct {
	ask      Ask
	verdict  *Verdict
	key      note.Verifier
	files    *archive
	manifest *Manifest
	head     seal.Checkpoint
	leaves   []byte // the hashes of all leaves, one after the other
	account  *account
	derived  map[string][]byte
	later    map[string]bool // the names of the files about later erasures
}

func (v *verification) open(file io.ReaderAt, size int64) (domain.Text, error) {
	var err error
	if v.key, err = note.NewVerifier(strings.TrimSpace(v.ask.Key)); err != nil {
		return domain.Text{}, refuse("", "khóa công khai của sổ không đúng dạng “tên+mã+khóa”", "the log's public key is not of the form name+hash+key")
	}
	if v.files, err = openArchive(file, size); err != nil {
		return domain.Text{}, err
	}
	n := len(v.files.files)
	return text("%d tệp, tên và độ lớn đều hợp lệ", "%d files, all of plain names and sizes", n), nil
}

func text(vi, en string, args ...any) domain.Text {
	return domain.Text{VI: fmt.Sprintf(vi, args...), EN: fmt.Sprintf(en, args...)}
}

// manifestStep checks the signature under the list of files, and every file against it.
func (v *verification) manifestStep() (domain.Text, error) {
	signed, err := v.files.read(manifestName, manifestLimit)
	if err != nil {
		return domain.Text{}, err
	}
	opened, err := seal.OpenNote(signed, v.key)
	if err != nil {
		return domain.Text{}, refuse(manifestName, "không có chữ ký đúng của khóa %s: tệp bị sửa, hoặc do người khác lập", "there is no valid signature of the key %s: it was changed, or somebody else made it", v.key.Name())
	}
	if v.manifest, err = parseManifest(opened); err != nil {
		return domain.Text{}, refuse(manifestName, "không đúng dạng", "it is not of the form")
	}
	for _, f := range v.manifest.Files {
		if err := v.match(f); err != nil {
			return domain.Text{}, err
		}
	}
	for _, name := range v.files.names() {
		if name != manifestName && v.manifest.find(name) == nil {
			return domain.Text{}, refuse(name, "tệp không có trong bản kê", "it is not in the manifest")
		}
	}
	v.verdict.Manifest = v.manifest
	return text("bản kê do %s ký; %d tệp đều khớp", "the manifest is signed by %s; all %d files match", v.key.Name(), len(v.manifest.Files)), nil
}

// match compares a file with what the manifest says of it.
func (v *verification) match(f File) error {
	content, err := v.files.read(f.Name, f.Size)
	if err != nil {
		return err
	}
	if found := fileOf(f.Name, content); found != f {
		return refuse(f.Name, "tệp đã bị sửa: SHA-256 là %s, bản kê ghi %s", "it was changed: its SHA-256 is %s, the manifest says %s", found.SHA256, f.SHA256)
	}
	return nil
}

// content reads a file that the manifest has.
func (v *verification) content(name string) ([]byte, error) {
	f := v.manifest.find(name)
	if f == nil {
		return nil, refuse(name, "thiếu tệp này", "it is missing")
	}
	return v.files.read(name, f.Size)
}

// checkpointStep checks who signed the log's head.
func (v *verification) checkpointStep() (domain.Text, error) {
	signed, err := v.content(checkpointName)
	if err != nil {
		return domain.Text{}, err
	}
	if v.head, err = seal.ParseCheckpoint(signed, v.key); err != nil {
		return domain.Text{}, refuse(checkpointName, "không có chữ ký đúng của khóa %s", "there is no valid signature of the key %s", v.key.Name())
	}
	if m := v.manifest; m.Origin != v.head.Origin || m.Size != v.head.Size || m.Root != v.head.Root.String() {
		return domain.Text{}, refuse(manifestName, "nói về mốc niêm phong khác", "it speaks of another checkpoint")
	}
	done := text("%s, %d sự kiện, gốc %s, chữ ký đúng", "%s, %d events, root %s, signed", v.head.Origin, v.head.Size, v.head.Root)
	if v.ask.Policy == "" {
		if !v.ask.WitnessedSince.IsZero() {
			return domain.Text{}, refuse("", "muốn đòi thời điểm làm chứng thì phải đưa chính sách (--policy)", "a time of witnessing can only be asked for with a policy (--policy)")
		}
		return domain.Text{VI: done.VI + "; không hỏi người làm chứng", EN: done.EN + "; no witness was asked for"}, nil
	}
	return v.witnessed(done, signed)
}

func (v *verification) witnessed(done domain.Text, signed []byte) (domain.Text, error) {
	policy, err := seal.ParsePolicy([]byte(v.ask.Policy))
	if err != nil {
		return domain.Text{}, refuse("", "chính sách không đúng dạng: %v", "the policy is not of the form: %v", err)
	}
	attested, err := policy.With(v.key).Check(signed)
	if err != nil {
		return domain.Text{}, err
	}
	const layout = "2006-01-02T15:04:05Z"
	if since := v.ask.WitnessedSince; !since.IsZero() && attested.Latest.Before(since) {
		return domain.Text{}, refuse(checkpointName, "mốc niêm phong đã cũ: người làm chứng ký lần cuối lúc %s, phải từ %s trở đi",
			"the checkpoint is an old one: the witnesses last vouched for it at %s, %s or later is asked for", attested.Latest.UTC().Format(layout), since.UTC().Format(layout))
	}
	n := len(attested.Cosignatures)
	if attested.By.IsZero() {
		return domain.Text{VI: done.VI + "; chính sách không đòi người làm chứng", EN: done.EN + "; the policy asks for no witness"}, nil
	}
	by := attested.By.UTC().Format(layout)
	return domain.Text{
		VI: fmt.Sprintf("%s; đủ người làm chứng (%d) lúc %s", done.VI, n, by), EN: fmt.Sprintf("%s; witnessed (%d cosignatures) by %s", done.EN, n, by),
	}, nil
}

// reportStep compares every file that follows from the record with what follows from it.
func (v *verification) reportStep() (domain.Text, error) {
	for _, f := range v.manifest.Files {
		want, follows := v.derived[f.Name]
		switch {
		case follows:
			if err := v.same(f.Name, want); err != nil {
				return domain.Text{}, err
			}
			delete(v.derived, f.Name)
		case !v.primary(f.Name):
			return domain.Text{}, refuse(f.Name, "bộ hồ sơ không có tệp như vậy", "a dossier has no such file")
		}
	}
	for name := range v.derived {
		return domain.Text{}, refuse(name, "thiếu tệp này", "it is missing")
	}
	return text("báo cáo, bảng kê và bằng chứng lập lại giống từng byte", "report, listing and proofs, made again, are the same byte for byte"), nil
}

// same compares a file with what it must be.
func (v *verification) same(name string, want []byte) error {
	content, err := v.content(name)
	if err != nil {
		return err
	}
	if !bytes.Equal(content, want) {
		return refuse(name, "không giống bản lập lại từ các sự kiện", "it is not what follows from the events")
	}
	return nil
}

// primary reports whether a file is one that others follow from. Those of tiles and evidence were judged in their steps.
func (v *verification) primary(name string) bool {
	return slices.Contains([]string{checkpointName, eventsName, disclosuresName, policyName, pageName}, name) ||
		strings.HasPrefix(name, tileFolder) || strings.HasPrefix(name, evidenceFolder) || v.later[name]
}
