package domain

import "time"

// Office is what a person did in an act on the record.
type Office string

// The offices. Those of a submitter and an inspector bind nobody's name, for the numbers count without it; nor does a proposal, which decides nothing.
const (
	OfficeSigner    Office = "signer"
	OfficeDecider   Office = "decider"
	OfficeSubmitter Office = "submitter"
	OfficeInspector Office = "inspector"
	OfficeProposer  Office = "proposer"
)

// Binding reports whether who holds the office is kept for the archive term.
func (o Office) Binding() bool { return o == OfficeSigner || o == OfficeDecider }

// Text names the office to people.
func (o Office) Text() Text {
	switch o {
	case OfficeSigner:
		return Text{VI: "người ký", EN: "signer"}
	case OfficeDecider:
		return Text{VI: "người quyết định", EN: "decider"}
	case OfficeSubmitter:
		return Text{VI: "người nộp số liệu", EN: "submitter"}
	case OfficeInspector:
		return Text{VI: "người kiểm tra", EN: "inspector"}
	case OfficeProposer:
		return Text{VI: "người đề nghị", EN: "proposer"}
	}
	return Text{VI: string(o), EN: string(o)}
}

// Tie is one act on the record in which a person holds an office.
type Tie struct {
	Office   Office
	Words    string // of the event
	Position Position
	At       time.Time // when it happened, or was recorded where no paper says when
}

// TiesOf lists what an event ties a person to, by ref.
func TiesOf(r Recorded, ref string) (ties []Tie) {
	at := r.RecordedTime
	if r.Time.Given() {
		at = r.Time.Time()
	}
	for _, h := range holders(r.Event) {
		if h.ref == ref {
			ties = append(ties, Tie{h.office, r.Event.Words(), r.Position, at})
		}
	}
	return ties
}

// holder is who holds an office in an act.
type holder struct {
	ref    string
	office Office
}

func holders(e Event) []holder {
	switch e := e.(type) {
	case *PledgeSigned:
		return []holder{{e.Signer, OfficeSigner}}
	case *IndicatorReported:
		return []holder{{e.By, OfficeSubmitter}}
	case *IndicatorCorrected:
		return []holder{{e.By, OfficeSubmitter}}
	case *IndicatorVerified:
		return []holder{{e.By, OfficeInspector}}
	case *SampleCommitted:
		return []holder{{e.By, OfficeInspector}}
	case *SampleDrawn:
		return []holder{{e.By, OfficeInspector}}
	case *DeadlineExtended:
		return []holder{{e.By, OfficeDecider}}
	case *PointsAdjusted:
		return []holder{{e.By, OfficeDecider}}
	case *HoldLifted:
		return []holder{{e.By, OfficeDecider}}
	case *AwardGranted:
		return []holder{{e.Signer, OfficeSigner}, {e.By, OfficeDecider}}
	case *KeyRegistered:
		return []holder{{e.Person, OfficeSigner}}
	case *KeyConfirmed:
		return []holder{{e.By, OfficeDecider}}
	case *KeyRevoked:
		return []holder{{e.By, OfficeDecider}}
	case *SignatureAdded:
		return []holder{{e.Signer, OfficeSigner}}
	case *ErasureProposed:
		return []holder{{e.By, OfficeProposer}}
	case *DisclosureErased:
		return []holder{{e.By, OfficeDecider}, {e.ApprovedBy, OfficeDecider}}
	}
	return nil
}
