package dossier

import (
	"errors"
	"time"

	"thidua/domain"
)

// Ask is what a reader brings along. None of it is taken from the dossier.
type Ask struct {
	// Key is the log's public key as signed notes write it: name+hash+key.
	Key string
	// Policy says which witnesses must have cosigned the checkpoint (C2SP tlog-policy), "" for none.
	Policy string
	// WitnessedSince is the moment at or after which a quorum must have vouched that it knew of no larger tree; zero for any.
	WitnessedSince time.Time
	// Since is a checkpoint that the reader has kept: the log must be one that only grew since. Nil for none.
	Since []byte
	// Minutes are fingerprints of keys from the minutes of conferences, as signing.ParseMinutes reads them; "" for none.
	Minutes string
}

// The steps of a verification, in their order.
const (
	StepZip         = "zip"
	StepManifest    = "manifest"
	StepCheckpoint  = "checkpoint"
	StepTree        = "tree"
	StepSince       = "since"
	StepEvents      = "events"
	StepComplete    = "complete"
	StepSignatures  = "signatures"
	StepDisclosures = "disclosures"
	StepEvidence    = "evidence"
	StepRanking     = "ranking"
	StepAwards      = "awards"
	StepSamples     = "samples"
	StepReport      = "report"
)

// Step is one step of a verification and what came of it.
type Step struct {
	Name string      `json:"name"`
	OK   bool        `json:"ok"`
	File string      `json:"file,omitempty"` // the first that is wrong
	Text domain.Text `json:"text"`
}

// Verdict is what a verification found. It ends with the first step that failed.
type Verdict struct {
	Steps    []Step
	Manifest *Manifest // nil where it could not be read
	// Standings are the ranking that was computed from the events; nil where it did not come to that.
	Standings []domain.Standing
	Final     bool
	// Signatures are those under pledges, final rankings and awards, with what each is worth to the reader.
	Signatures []domain.SignatureVerdict
}

// OK reports whether every step was taken and none failed.
func (v *Verdict) OK() bool {
	for _, s := range v.Steps {
		if !s.OK {
			return false
		}
	}
	return len(v.Steps) > 0
}

// step adds a step. It reports whether the next can be taken.
func (v *Verdict) step(name string, done domain.Text, err error) bool {
	if err == nil {
		v.Steps = append(v.Steps, Step{Name: name, OK: true, Text: done})
		return true
	}
	s := Step{Name: name, Text: domain.Text{VI: err.Error(), EN: err.Error()}}
	var told interface{ Text() domain.Text }
	if errors.As(err, &told) {
		s.Text = told.Text()
	}
	if f, ok := errors.AsType[*Fault](err); ok {
		s.File = f.File
	}
	v.Steps = append(v.Steps, s)
	return false
}
