package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"

	"thidua/domain"
	"thidua/seal"
	"thidua/seal/witness"
	"thidua/workers"
)

// readPolicy reads the file that says which witnesses count; nil where there is none and none was named.
func (a *app) readPolicy() (file string, content []byte, err error) {
	if file = a.policyFile; file == "" {
		file = filepath.Join(a.dataDir, "policy.txt")
	}
	content, err = readLimited(file)
	if errors.Is(err, fs.ErrNotExist) && a.policyFile == "" {
		return file, nil, nil
	}
	if err != nil {
		err = fmt.Errorf("log policy: %w", err)
	}
	return file, content, err
}

// logPolicy reads the policy that says which witnesses count, for the log with the given keys; nil where there is none: then nobody witnesses.
func (a *app) logPolicy(keys []seal.Key) (*seal.Policy, error) {
	file, content, err := a.readPolicy()
	if err != nil || content == nil {
		return nil, err
	}
	policy, err := seal.ParsePolicy(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	ours, listed := verifiersOf(keys), false
	for _, v := range ours {
		listed = listed || policy.Accepts(v)
	}
	if len(ours) > 0 && policy.NamesLogs() && !listed {
		return nil, &failure{domain.Text{
			VI: fmt.Sprintf("Chính sách %s không có khóa của sổ này (%s); xem: thidua key log", file, keys[0].Public()),
			EN: fmt.Sprintf("The policy %s does not list the key of this log (%s); see: thidua key log", file, keys[0].Public()),
		}}
	}
	if len(ours) > 0 {
		policy = policy.With(ours...)
	}
	return policy, nil
}

func verifiersOf(keys []seal.Key) []note.Verifier {
	var all []note.Verifier
	for _, k := range keys {
		all = append(all, k.Verifier())
	}
	return all
}

// witnesses makes the panel that the sealer asks, nil where the policy lists nobody.
func (a *app) witnesses(keys []seal.Key) (workers.Witnesses, error) {
	policy, err := a.logPolicy(keys)
	if err != nil || policy == nil || len(policy.Witnesses()) == 0 {
		return nil, err
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return witness.NewPanel(witness.Config{Policy: policy, Client: client, Now: a.now, Observe: a.heard})
}

// heard counts what a witness answered and tells of one that did not cosign.
func (a *app) heard(o witness.Opinion) {
	a.meters.Witness(o.Witness, o.Took, o.Err)
	if alarm, ok := errors.AsType[*witness.Alarm](o.Err); ok {
		a.log.Error("a witness holds another log", "witness", o.Witness, "size", o.Size, "seen", alarm.Seen, "fork", alarm.Fork)
		return
	}
	if o.Err != nil {
		a.log.Warn("a witness did not cosign; it is asked again", "witness", o.Witness, "size", o.Size, "error", o.Err)
		return
	}
	a.log.Debug("a witness cosigned", "witness", o.Witness, "size", o.Size, "took", o.Took)
}

// witnessed is how many events the largest checkpoint is over that counts as witnessed, and who vouches for it; nil where nobody was ever asked.
func (a *app) witnessed(files fs.FS) (*witnessStatus, error) {
	policy, err := a.logPolicy(nil)
	if err != nil || policy == nil {
		return nil, err
	}
	status := &witnessStatus{Witnesses: len(policy.Witnesses())}
	c, err := seal.ReadWitnessed(files)
	if errors.Is(err, fs.ErrNotExist) {
		return status, nil
	}
	status.Size = c.Size
	return status, err
}

// witnessStatus is how far the witnesses have come, in `status --json`.
type witnessStatus struct {
	Witnesses int   `json:"witnesses"` // that the policy lists
	Size      int64 `json:"size"`      // events that the largest witnessed checkpoint is over, 0 where there is none
}
