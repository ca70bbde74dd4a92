// Package witness asks witnesses to cosign checkpoints: others' programs that remember the largest tree that they saw of a log, and sign nothing
// that does not continue it (C2SP tlog-witness). So whoever holds the log's key can neither put the record back to an earlier state nor show
// two people two records.
package witness

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"thidua/domain"
	"thidua/seal"
)

// Panel are the witnesses of a policy that take checkpoints.
type Panel struct {
	policy  *seal.Policy
	members []*member
}

// Prove proves that the log of size old is the beginning of the log of the given size.
type Prove func(size, old int64) (tlog.TreeProof, error)

// Opinion is what came of asking one witness.
type Opinion struct {
	Witness string // its name in the policy
	Took    time.Duration
	Err     error // why it did not cosign, nil where it did
}

// Answer is a checkpoint with the cosignatures that came, and what each witness did.
type Answer struct {
	Checkpoint []byte
	// Attestation is what the policy says of the checkpoint now. Its By is zero where no quorum has cosigned.
	Attestation *seal.Attestation
	Opinions    []Opinion
}

// NewPanel makes the panel of a policy that says which logs it is about (seal.Policy.With). Every witness that has an address is asked. A policy whose
// quorum these can't reach is refused: nothing would ever be witnessed.
func NewPanel(policy *seal.Policy, client *http.Client) (*Panel, error) {
	p := &Panel{policy: policy}
	for _, w := range policy.Witnesses() {
		if w.URL == "" || !w.Verified() {
			continue
		}
		if !strings.HasPrefix(w.URL, "https://") && !strings.HasPrefix(w.URL, "http://") {
			return nil, addressError(w.Name)
		}
		p.members = append(p.members, &member{witness: w, client: client})
	}
	if !policy.Reachable(func(w seal.Witness) bool { return w.URL != "" }) {
		return nil, addressError("")
	}
	return p, nil
}

// Policy is the policy whose witnesses these are.
func (p *Panel) Policy() *seal.Policy { return p.policy }

// Cosign asks all witnesses at once to cosign a checkpoint, and waits for them as long as ctx lets it. A witness that does not answer is left for the
// next time, and so is one that errs. One that has seen more of the log than the checkpoint holds, or another log, ends it with an *Alarm. One caller at a
// time asks, and never with a smaller checkpoint than before; now measures how long a witness took.
func (p *Panel) Cosign(ctx context.Context, checkpoint []byte, prove Prove, now func() time.Time) (*Answer, error) {
	head, err := p.policy.Check(checkpoint)
	if head == nil {
		return nil, err
	}
	answer := &Answer{Opinions: make([]Opinion, len(p.members))}
	lines := make([]string, len(p.members))
	var group sync.WaitGroup
	for i, m := range p.members {
		group.Go(func() {
			began := now()
			line, err := m.cosign(ctx, question{checkpoint: checkpoint, head: head, prove: prove})
			lines[i], answer.Opinions[i] = line, Opinion{Witness: m.witness.Name, Took: now().Sub(began), Err: err}
		})
	}
	group.Wait()
	if err := answer.alarms(); err != nil {
		return nil, err
	}
	answer.Checkpoint = join(checkpoint, lines)
	answer.Attestation, err = p.policy.Check(answer.Checkpoint)
	if _, few := errors.AsType[*seal.QuorumError](err); few {
		err = nil
	}
	return answer, err
}

// alarms joins what must stop the log.
func (a *Answer) alarms() error {
	var all []error
	for _, o := range a.Opinions {
		if alarm, ok := errors.AsType[*Alarm](o.Err); ok {
			all = append(all, alarm)
		}
	}
	return errors.Join(all...)
}

// join adds signature lines to a note. Where it has a signature by the same key the new one takes its place.
func join(checkpoint []byte, lines []string) []byte {
	cut := bytes.LastIndex(checkpoint, []byte("\n\n")) + 2
	out := bytes.Clone(checkpoint[:cut])
	for old := range bytes.Lines(checkpoint[cut:]) {
		if !slices.ContainsFunc(lines, func(line string) bool { return line != "" && keyOf(line) == keyOf(string(old)) }) {
			out = append(out, old...)
		}
	}
	return append(out, strings.Join(lines, "")...)
}

// keyOf gives the name and the id of the key that made a signature line, "" for what is none.
func keyOf(line string) string {
	fields := strings.Fields(line)
	if len(fields) != 3 {
		return ""
	}
	raw, err := base64.StdEncoding.DecodeString(fields[2])
	if err != nil || len(raw) < 4 {
		return ""
	}
	return fields[1] + " " + string(raw[:4])
}

func addressError(name string) error {
	text := domain.Text{
		VI: "Chính sách niêm phong: số người làm chứng có địa chỉ ít hơn số tối thiểu; hãy ghi: witness TÊN KHÓA URL",
		EN: "The log policy: fewer witnesses have an address than its quorum needs; write: witness NAME KEY URL",
	}
	if name != "" {
		text = domain.Text{
			VI: "Chính sách niêm phong: địa chỉ của người làm chứng " + name + " phải bắt đầu bằng https:// hoặc http://",
			EN: "The log policy: the address of the witness " + name + " must begin with https:// or http://",
		}
	}
	return &ConfigError{text: text}
}

// ConfigError says why a policy can't serve to ask its witnesses.
type ConfigError struct{ text domain.Text }

func (e *ConfigError) Error() string { return e.text.EN }

// Unwrap says that the policy is not of its form.
func (e *ConfigError) Unwrap() error { return domain.ErrInvalid }

// Text says it in both languages.
func (e *ConfigError) Text() domain.Text { return e.text }
