package dossier

import "thidua/domain"

// Answer is a verdict in the form of `dossier verify --json`.
type Answer struct {
	OK         bool                      `json:"ok"`
	Season     string                    `json:"season,omitempty"`
	Origin     string                    `json:"origin,omitempty"`
	Size       int64                     `json:"size"`
	Root       string                    `json:"root,omitempty"`
	Steps      []Step                    `json:"steps"`
	Signatures []domain.SignatureVerdict `json:"signatures"`
	Final      bool                      `json:"final"`
	Standings  []domain.Standing         `json:"standings"`
}

// Answer writes the verdict out.
func (v *Verdict) Answer() Answer {
	answer := Answer{
		OK: v.OK(), Steps: append([]Step{}, v.Steps...), Final: v.Final, Standings: append([]domain.Standing{}, v.Standings...),
		Signatures: append([]domain.SignatureVerdict{}, v.Signatures...),
	}
	if m := v.Manifest; m != nil {
		answer.Season, answer.Origin, answer.Size, answer.Root = m.Season, m.Origin, m.Size, m.Root
	}
	return answer
}
