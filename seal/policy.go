package seal

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"

	"thidua/domain"
)

// Policy says whose signatures make a checkpoint count: any one of its logs must have signed it, and of its witnesses as many as its quorum asks
// for (C2SP tlog-policy). ParsePolicy makes one.
type Policy struct {
	logs      []note.Verifier
	witnesses []Witness
	quorum    quorum
}

// Witness is a witness that a policy lists.
type Witness struct {
	// Name is the policy's own word for the witness; its key has a name of its own.
	Name string
	// Key is the verifier key as it was written.
	Key string
	// URL is where it takes checkpoints (the submission prefix of C2SP tlog-witness), "" where the policy does not say.
	URL string
	// verifier is nil for a key of a kind whose signatures are read past.
	verifier note.Verifier
}

// quorum is a witness, or a group of which some number must have cosigned. A witness is given by its place in the policy's list.
type quorum struct {
	witness   int
	threshold int
	members   []quorum // nil for a witness
}

// reached reports whether enough witnesses have signed.
func (q quorum) reached(signed func(witness int) bool) bool {
	if q.members == nil {
		return q.threshold == 0 || signed(q.witness)
	}
	n := 0
	for _, member := range q.members {
		if member.reached(signed) {
			n++
		}
	}
	return n >= q.threshold
}

// Verified reports whether the witness's key is of a kind whose cosignatures are verified and count.
func (w Witness) Verified() bool { return w.verifier != nil }

// Open reads the cosignatures of this witness alone: the lines that it answered to the text of a checkpoint. What others signed is read past;
// an error is where it did not sign, or wrongly.
func (w Witness) Open(text string, lines []byte) (line string, at time.Time, err error) {
	opened, err := note.Open(append([]byte(text+"\n"), lines...), note.VerifierList(w.verifier))
	if err != nil {
		return "", time.Time{}, err
	}
	sig := opened.Sigs[0]
	at, err = cosignedAt(sig)
	return signatureLine(sig), at, err
}

// Reachable reports whether the quorum can be reached by the witnesses that are chosen.
func (p *Policy) Reachable(chosen func(Witness) bool) bool {
	return p.quorum.reached(func(i int) bool { return p.witnesses[i].Verified() && chosen(p.witnesses[i]) })
}

// Witnesses gives the witnesses in the order in which the policy lists them.
func (p *Policy) Witnesses() []Witness { return slices.Clone(p.witnesses) }

// Witnessless reports whether the policy asks for no witness at all, so that nobody but the log vouches for a checkpoint.
func (p *Policy) Witnessless() bool { return p.quorum.reached(func(int) bool { return false }) }

// Accepts reports whether the policy lists a key as one of the log's.
func (p *Policy) Accepts(log note.Verifier) bool {
	return slices.ContainsFunc(p.logs, func(v note.Verifier) bool { return v.Name() == log.Name() && v.KeyHash() == log.KeyHash() })
}

// NamesLogs reports whether the policy says which logs it is about. One that does not needs With.
func (p *Policy) NamesLogs() bool { return len(p.logs) > 0 }

// With gives the same policy for logs that are known from elsewhere, and for no other: a key that an inspector brings along outweighs the keys
// that a file lists.
func (p *Policy) With(logs ...note.Verifier) *Policy {
	return &Policy{logs: slices.Clone(logs), witnesses: p.witnesses, quorum: p.quorum}
}

// Unwitnessed gives the policy of the same logs that asks for nobody else.
func (p *Policy) Unwitnessed() *Policy { return Witnessless(p.logs...) }

// Attestation is what a policy found about a checkpoint.
type Attestation struct {
	// Checkpoint is what was signed, with every signature, also those that were read past.
	Checkpoint
	// Cosignatures are those of the policy's witnesses, in the policy's order. Others are read past.
	Cosignatures []Cosignature
	// By is when a quorum had cosigned, to the second: the checkpoint existed by then. Zero where no quorum did, or where none is asked for.
	By time.Time
	// Latest is the last moment at which a quorum vouched that it knew of no larger tree; zero like By.
	Latest time.Time
}

// Cosignature is one witness's statement that a checkpoint was, at the time, the largest it had seen of the log and consistent with all
// before.
type Cosignature struct {
	Witness string // its name in the policy
	Key     string // its verifier key
	At      time.Time
}

// QuorumError says that a checkpoint is the log's, but that too few witnesses cosigned it.
type QuorumError struct{ Cosigned, Listed int }

func (e *QuorumError) Error() string { return e.Text().EN }

// Text says it in both languages.
func (e *QuorumError) Text() domain.Text {
	return domain.Text{
		VI: fmt.Sprintf("Mốc niêm phong chưa đủ người làm chứng: %d trong %d người làm chứng của chính sách đã ký, chưa đạt số tối thiểu.", e.Cosigned, e.Listed),
		EN: fmt.Sprintf("The checkpoint is not witnessed: %d of the %d witnesses of the policy cosigned it, which is no quorum.", e.Cosigned, e.Listed),
	}
}

// Check opens a signed checkpoint. It fails where no log of the policy signed it or where a signature by a key that the policy lists is wrong. Where
// only the quorum is missing the error is a *QuorumError, and the attestation is given all the same.
func (p *Policy) Check(checkpoint []byte) (*Attestation, error) {
	opened, err := note.Open(checkpoint, note.VerifierList(p.verifiers()...))
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w: %w", err, domain.ErrInvalid)
	}
	c, err := parseText(opened.Text)
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w: %w", err, domain.ErrInvalid)
	}
	if !slices.ContainsFunc(p.logs, func(v note.Verifier) bool { return v.Name() == c.Origin && signatureOf(opened, v) != nil }) {
		return nil, fmt.Errorf("checkpoint: none of the logs that the policy accepts has signed it: %w", domain.ErrInvalid)
	}
	c.Note = bytes.Clone(checkpoint)
	a := &Attestation{Checkpoint: c}
	times, err := p.times(opened)
	if err != nil {
		return nil, err
	}
	for i, w := range p.witnesses {
		if at, ok := times[i]; ok {
			a.Cosignatures = append(a.Cosignatures, Cosignature{Witness: w.Name, Key: w.Key, At: at})
		}
	}
	return a, p.judge(a, times)
}

// verifiers are the keys whose signatures are verified.
func (p *Policy) verifiers() []note.Verifier {
	all := slices.Clone(p.logs)
	for _, w := range p.witnesses {
		if w.verifier != nil {
			all = append(all, w.verifier)
		}
	}
	return all
}

// times gives when each witness cosigned, by its place in the list.
func (p *Policy) times(opened *note.Note) (map[int]time.Time, error) {
	times := map[int]time.Time{}
	for i, w := range p.witnesses {
		if w.verifier == nil {
			continue
		}
		if sig := signatureOf(opened, w.verifier); sig != nil {
			at, err := cosignedAt(*sig)
			if err != nil {
				return nil, err
			}
			times[i] = at
		}
	}
	return times, nil
}

// judge finds the first and the last moment at which there was a quorum.
func (p *Policy) judge(a *Attestation, times map[int]time.Time) error {
	if p.Witnessless() {
		return nil
	}
	for _, moment := range times {
		if p.quorum.reached(func(i int) bool { at, ok := times[i]; return ok && !at.After(moment) }) && (a.By.IsZero() || moment.Before(a.By)) {
			a.By = moment
		}
		if p.quorum.reached(func(i int) bool { at, ok := times[i]; return ok && !at.Before(moment) }) && moment.After(a.Latest) {
			a.Latest = moment
		}
	}
	if a.By.IsZero() {
		return &QuorumError{Cosigned: len(times), Listed: len(p.witnesses)}
	}
	return nil
}

// signatureOf gives the verified signature of a key on a note, nil where there is none.
func signatureOf(opened *note.Note, key note.Verifier) *note.Signature {
	for i, sig := range opened.Sigs {
		if sig.Name == key.Name() && sig.Hash == key.KeyHash() {
			return &opened.Sigs[i]
		}
	}
	return nil
}

// signatureLine writes a signature as it stands in a note.
func signatureLine(sig note.Signature) string { return "— " + sig.Name + " " + sig.Base64 + "\n" }

// Witnessless is the policy of a log that nobody but its own keys vouches for.
func Witnessless(logs ...note.Verifier) *Policy { return (&Policy{}).With(logs...) }
