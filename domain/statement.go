package domain

import "thidua/domain/signing"

// What is signed is a statement: canonical JSON that says all that the signature stands for, and can be put together again from the record, or
// from paper. Their forms are for ever: a changed need is a new kind.

// pledgeStatement is what a unit's leader signs.
type pledgeStatement struct {
	Type          string `json:"type"`
	Season        string `json:"season"`
	Unit          string `json:"unit"`
	TargetsSHA256 string `json:"targets_sha256"`
	RulesetSHA256 string `json:"ruleset_sha256"`
}

// rankingStatement is what is signed under a final ranking.
type rankingStatement struct {
	Type          string   `json:"type"`
	Season        string   `json:"season"`
	T             Instant  `json:"t"`
	Position      Position `json:"position"`
	SeasonVersion uint64   `json:"seasonversion"`
	RulesetSHA256 string   `json:"ruleset_sha256"`
	ResultSHA256  string   `json:"result_sha256"`
}

// awardStatement is what the signer of a decision signs, once for each award and unit of it.
type awardStatement struct {
	Type           string  `json:"type"`
	Season         string  `json:"season"`
	Award          string  `json:"award"`
	Unit           string  `json:"unit"`
	DecisionNumber string  `json:"decision_number"`
	DecidedAt      Instant `json:"decided_at"`
	Signer         string  `json:"signer"`
	ResultSHA256   string  `json:"result_sha256"`
}

// keyStatement is what a key signs for the one after it.
type keyStatement struct {
	Type string `json:"type"`
	KeyRegistered
}

func statement(kind signing.Kind, value any) signing.Statement {
	canonical, err := Canonical(value)
	if err != nil { // no value of this file has a number that is not whole
		return signing.Statement{}
	}
	return signing.Statement{Kind: kind, Bytes: canonical}
}

// PledgeStatement is what the leader of a unit signs: its targets and the ruleset, by their digests (spec "events", Digests).
func PledgeStatement(season, unit string, targets []Target, rulesetSHA256 string) signing.Statement {
	return statementOfPledge(season, unit, Digest(sorted(targets)), rulesetSHA256)
}

func statementOfPledge(season, unit, targets, ruleset string) signing.Statement {
	return statement(signing.Pledge, pledgeStatement{signing.Pledge.MediaType(), season, unit, targets, ruleset})
}

// Statement is what the key before this one signs to confirm it.
func (k *KeyRegistered) Statement() signing.Statement {
	return statement(signing.Key, keyStatement{signing.Key.MediaType(), *k})
}

// Statement is what is signed, or was, of the event at a position of the season; not found where nothing at that position is to be signed.
func (w *World) Statement(position Position) (s signing.Statement, found bool) {
	season := w.Season.ID
	if f := w.Season.Final; f != nil && w.Season.FinalAt == position {
		return statement(signing.Ranking, rankingStatement{
			signing.Ranking.MediaType(), season, f.T, f.Position, f.SeasonVersion, f.RulesetSHA256, f.ResultSHA256,
		}), true
	}
	for unit, pledge := range w.Pledges {
		for _, s := range pledge.Signatures {
			if s.Position == position {
				return statementOfPledge(season, unit, s.TargetsSHA256, s.RulesetSHA256), true
			}
		}
	}
	if g := w.Awards.grant(position); g != nil && w.Season.Final != nil {
		return statement(signing.Award, awardStatement{
			signing.Award.MediaType(), season, g.Award, g.Unit, g.DecisionNumber, g.At, g.Signer, w.Season.Final.ResultSHA256,
		}), true
	}
	return signing.Statement{}, false
}

// grant returns the decision at a position, nil where there is none.
func (a *Awards) grant(position Position) *Grant {
	for i, g := range a.Grants {
		if g.Position == position {
			return &a.Grants[i]
		}
	}
	return nil
}
