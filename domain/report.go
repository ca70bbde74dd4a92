package domain

import "sort"

// A report is one unit's account of one period: the values submitted, their corrections, an inspector's recounts, and the unit's own later
// deadline. Nothing is overwritten; spec "scoring" says which of several counts. The rules are in report_rules.go.

// Report is the state of one report.
type Report struct {
	Submissions   []Submission // in the order of the log
	Verifications []Verification
	Extensions    []Extension
}

// Submission is one value of one cell, first or corrected, as it stands on the log.
type Submission struct {
	IndicatorReported
	At        Instant
	Position  Position
	Version   uint64 // of the report's stream
	Corrected bool   // it was recorded as a correction
}

// Verification is an inspector's recount of one cell.
type Verification struct {
	IndicatorVerified
	At       Instant
	Position Position
	Version  uint64
}

// Extension is a unit's own later deadline.
type Extension struct {
	DeadlineExtended
	At       Instant // not given where no paper says when it was granted
	Position Position
}

// Evidence is a file that supports a value, by the digest of its bytes.
type Evidence struct {
	SHA256    string       `json:"sha256"`    // SHA-256 of the file's bytes, in hex
	Size      int64        `json:"size"`      // bytes
	MediaType string       `json:"mediatype"` // the media type, such as "application/pdf"
	Name      *Disclosable `json:"name"`      // the file's name
}

// EvidenceOf lists the files of evidence that an event names.
func EvidenceOf(e Event) []Evidence {
	switch e := e.(type) {
	case *IndicatorReported:
		return e.Evidence
	case *IndicatorCorrected:
		return e.Evidence
	case *KeyConfirmed:
		return e.Evidence
	case *SignatureAdded:
		return e.Evidence
	}
	return nil
}

// IndicatorReported is the first value of a cell.
type IndicatorReported struct {
	Criterion   string       `json:"criterion"`             // the criterion's id
	Value       Decimal      `json:"value"`                 // the number as written
	Denominator Decimal      `json:"denominator,omitempty"` // what the value is a part of, as written, where the criterion is a ratio
	Evidence    []Evidence   `json:"evidence,omitempty"`    // the files that support the value
	By          string       `json:"by"`                    // who reported, a ref
	Reason      *Disclosable `json:"reason,omitempty"`      // why a value is corrected
	Note        *Disclosable `json:"note,omitempty"`        // what the reporter remarked
}

// IndicatorCorrected is a later value of a cell; it states a reason.
type IndicatorCorrected IndicatorReported

// IndicatorVerified is an inspector's recount, which replaces every submission of its cell.
type IndicatorVerified struct {
	Criterion   string       `json:"criterion"`             // the criterion's id
	Value       Decimal      `json:"value"`                 // the number that was counted
	Denominator Decimal      `json:"denominator,omitempty"` // what it is a part of
	By          string       `json:"by"`                    // who counted, a ref
	Finding     *Disclosable `json:"finding,omitempty"`     // what was found
}

// DeadlineExtended grants a unit its own later deadline for a period.
type DeadlineExtended struct {
	Deadline Date         `json:"deadline"`           // the new last day
	By       string       `json:"by"`                 // who granted it, a ref
	Reason   *Disclosable `json:"reason"`             // why
	Document *Disclosable `json:"document,omitempty"` // the paper that grants it
}

// Words is the type's name on the log.
func (*IndicatorReported) Words() string { return "indicator.reported" }

// Words is the type's name on the log.
func (*IndicatorCorrected) Words() string { return "indicator.corrected" }

// Words is the type's name on the log.
func (*IndicatorVerified) Words() string { return "indicator.verified" }

// Words is the type's name on the log.
func (*DeadlineExtended) Words() string { return "deadline.extended" }

func (p *Report) evolve(r Recorded) {
	switch e := r.Event.(type) {
	case *IndicatorReported:
		p.Submissions = append(p.Submissions, Submission{IndicatorReported: *e, At: r.Time, Position: r.Position, Version: r.StreamVersion})
	case *IndicatorCorrected:
		s := Submission{IndicatorReported: IndicatorReported(*e), At: r.Time, Position: r.Position, Version: r.StreamVersion, Corrected: true}
		p.Submissions = append(p.Submissions, s)
	case *IndicatorVerified:
		p.Verifications = append(p.Verifications, Verification{IndicatorVerified: *e, At: r.Time, Position: r.Position, Version: r.StreamVersion})
	case *DeadlineExtended:
		p.Extensions = append(p.Extensions, Extension{DeadlineExtended: *e, At: r.Time, Position: r.Position})
	}
}

// Cell returns the submissions of one criterion, earliest first.
func (p *Report) Cell(criterion string) []Submission {
	var cell []Submission
	for _, s := range p.Submissions {
		if s.Criterion == criterion {
			cell = append(cell, s)
		}
	}
	sort.SliceStable(cell, func(i, j int) bool { return cell[i].At.Time().Before(cell[j].At.Time()) })
	return cell
}

// Deadline returns the unit's own deadline for the period, "" where it has none.
func (p *Report) Deadline() Date {
	if len(p.Extensions) == 0 {
		return ""
	}
	return p.Extensions[len(p.Extensions)-1].Deadline
}

// ReportIndicator submits a value of a cell. It is recorded as a correction where the cell has an earlier submission.
type ReportIndicator struct {
	Season, Unit, Period string
	At                   Instant
	IndicatorReported
}

// Streams are the report, the season, and the pledge that must be signed before.
func (c ReportIndicator) Streams() []Stream { return reportStreams(c.Season, c.Unit, c.Period) }

// Changes submits the value.
func (c ReportIndicator) Changes(w *World) []Change {
	change := Change{Stream: ReportStream(c.Season, c.Unit, c.Period), Time: c.At, Event: &c.IndicatorReported}
	if cell := w.Report(c.Unit, c.Period).Cell(c.Criterion); len(cell) > 0 && cell[0].At.Time().Before(c.At.Time()) {
		corrected := IndicatorCorrected(c.IndicatorReported)
		change.Event = &corrected
	}
	return []Change{change}
}

// VerifyIndicator records an inspector's recount of a cell.
type VerifyIndicator struct {
	Season, Unit, Period string
	At                   Instant
	IndicatorVerified
}

// Streams are the report, the season, and the pledge.
func (c VerifyIndicator) Streams() []Stream { return reportStreams(c.Season, c.Unit, c.Period) }

// Changes records the recount.
func (c VerifyIndicator) Changes(*World) []Change {
	return []Change{{Stream: ReportStream(c.Season, c.Unit, c.Period), Time: c.At, Event: &c.IndicatorVerified}}
}

// ExtendDeadline grants a unit its own later deadline for a period.
type ExtendDeadline struct {
	Season, Unit, Period string
	At                   Instant
	DeadlineExtended
}

// Streams are the report, the season, and the pledge.
func (c ExtendDeadline) Streams() []Stream { return reportStreams(c.Season, c.Unit, c.Period) }

// Changes extends the deadline.
func (c ExtendDeadline) Changes(*World) []Change {
	return []Change{{Stream: ReportStream(c.Season, c.Unit, c.Period), Time: c.At, Event: &c.DeadlineExtended}}
}

func reportStreams(season, unit, period string) []Stream {
	return []Stream{ReportStream(season, unit, period), SeasonStream(season), PledgeStream(season, unit)}
}
