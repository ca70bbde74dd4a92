// Package witness asks witnesses to cosign checkpoints: others' programs that remember the largest tree that they saw of a log, and sign nothing
// that does not continue it (C2SP tlog-witness). So whoever holds the log's key can neither put the record back to an earlier state nor show
// two people two records.
package witness

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"thidua/domain"
	"thidua/seal"
)

// Panel are the witnesses of a policy that take checkpoints. Its methods can be called from any number of goroutines.
type Panel struct {
	policy  *seal.Policy
	now     func() time.Time
	observe func(Opinion)
	members []*member
}

// Config is what a panel works with.
type Config struct {
	// Policy says which logs it is about (seal.Policy.With). Each of its witnesses that has an address is asked.
	Policy *seal.Policy
	Client *http.Client
	Now    func() time.Time
	// Observe is told of each witness that was asked, from many goroutines at once. Nil where nobody watches.
	Observe func(Opinion)
}

// Opinion is what came of asking one witness.
type Opinion struct {
	Witness string // its name in the policy
	Size    int64  // of the checkpoint
	Took    time.Duration
	Err     error // why it did not cosign, nil where it did
}

// NewPanel makes a panel. A policy whose quorum can't be reached by witnesses with addresses is refused: nothing would ever be witnessed.
func NewPanel(cfg Config) (*Panel, error) {
	p := &Panel{policy: cfg.Policy, now: cfg.Now, observe: cfg.Observe}
	if p.observe == nil {
		p.observe = func(Opinion) {}
	}
	for _, w := range cfg.Policy.Witnesses() {
		if w.URL == "" || !w.Verified() {
			continue
		}
		if !strings.HasPrefix(w.URL, "https://") && !strings.HasPrefix(w.URL, "http://") {
			return nil, addressError(w.Name)
		}
		p.members = append(p.members, &member{witness: w, client: cfg.Client})
	}
	if !cfg.Policy.Reachable(func(w seal.Witness) bool { return w.URL != "" }) {
		return nil, addressError("")
	}
	return p, nil
}

// Names are those of the witnesses that are asked.
func (p *Panel) Names() []string {
	var names []string
	for _, m := range p.members {
		names = append(names, m.witness.Name)
	}
	return names
}

// Renew asks all witnesses to cosign a checkpoint, also those that have: one that has seen more since, or another log, would not. It is otherwise like a
// patient Cosign. The new cosignatures are of now, and say that the log has not grown since.
func (p *Panel) Renew(ctx context.Context, signed seal.Checkpoint, tree *seal.Tree) (lines []byte, missing int, err error) {
	return p.ask(ctx, signed, tree, true, true)
}

// Cosign asks the witnesses that have not cosigned a checkpoint yet, all at once, and waits for them as long as ctx lets it. It gives the signature
// lines to add to its note, and how many witnesses are missing still. One who failed a while ago is passed over where the caller is not patient, and one who is
// being asked by another caller. One that has seen more of the log than it was ever asked about, or another log, ends it with an *Alarm.
func (p *Panel) Cosign(ctx context.Context, signed seal.Checkpoint, tree *seal.Tree, patient bool) (lines []byte, missing int, err error) {
	return p.ask(ctx, signed, tree, patient, false)
}

func (p *Panel) ask(ctx context.Context, signed seal.Checkpoint, tree *seal.Tree, patient, all bool) (lines []byte, missing int, err error) {
	attested, err := p.policy.Check(signed.Note)
	if attested == nil {
		return nil, 0, err
	}
	if signed.Size == 0 {
		return nil, 0, nil // there is nothing to witness
	}
	has := map[string]bool{}
	for _, c := range attested.Cosignatures {
		has[c.Witness] = !all
	}
	answers := make([]answer, len(p.members))
	var group sync.WaitGroup
	for i, m := range p.members {
		if !has[m.witness.Name] {
			group.Go(func() { answers[i] = p.consult(ctx, m, question{checkpoint: signed, tree: tree}, patient) })
		}
	}
	group.Wait()
	var alarms []error
	for i, m := range p.members {
		lines = append(lines, answers[i].line...)
		if !has[m.witness.Name] && answers[i].line == "" && !answers[i].late {
			missing++
		}
		if alarm, ok := errors.AsType[*Alarm](answers[i].err); ok {
			alarms = append(alarms, alarm)
		}
	}
	return lines, missing, errors.Join(alarms...)
}

// answer is a witness's signature line, or why there is none.
type answer struct {
	line string
	late bool // it was asked about a larger checkpoint meanwhile
	err  error
}

// consult asks one witness when nobody else does.
func (p *Panel) consult(ctx context.Context, m *member, q question, patient bool) answer {
	if patient {
		m.mu.Lock()
	} else if !m.mu.TryLock() {
		return answer{}
	}
	defer m.mu.Unlock()
	if q.checkpoint.Size < m.asked {
		return answer{late: true}
	}
	began := p.now()
	if !patient && began.Before(m.rests) {
		return answer{}
	}
	m.asked = q.checkpoint.Size
	line, err := m.cosign(ctx, q)
	ended := p.now()
	m.rest(ended, err)
	p.observe(Opinion{Witness: m.witness.Name, Size: q.checkpoint.Size, Took: ended.Sub(began), Err: err})
	return answer{line: line, err: err}
}

// Content reports whether a checkpoint counts as witnessed: a quorum has cosigned it.
func (p *Panel) Content(c seal.Checkpoint) bool {
	attested, err := p.policy.Check(c.Note)
	return err == nil && !attested.By.IsZero()
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
