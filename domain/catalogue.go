package domain

import "fmt"

// TypePrefix stands before an event's words in its CloudEvents type, the version behind them.
const TypePrefix = "vn.thidua."

// Kind is one released event type: its words and version are on the log for ever.
type Kind struct {
	Words     string
	Version   int
	Aggregate Aggregate // AggregateAny where it stands in the streams of all
	// New returns a pointer to the zero value of the data, to decode into.
	New func() Event
}

// Type returns the CloudEvents type, such as "vn.thidua.indicator.reported.v1".
func (k Kind) Type() string { return fmt.Sprintf("%s%s.v%d", TypePrefix, k.Words, k.Version) }

// Schema returns the dataschema attribute, such as "urn:thidua:schema:indicator.reported:1".
func (k Kind) Schema() string { return fmt.Sprintf("urn:thidua:schema:%s:%d", k.Words, k.Version) }

// AggregateAny is the aggregate of a kind whose events can stand in any stream.
const AggregateAny Aggregate = ""

// Catalogue lists every event type ever written, in the order of spec "events". Lines are only added.
func Catalogue() []Kind {
	return []Kind{
		kind[UnitRegistered](AggregateUnit, 1),
		kind[PersonRegistered](AggregatePerson, 1),
		kind[SeasonDrafted](AggregateSeason, 1),
		kind[CriterionDefined](AggregateSeason, 1),
		kind[SeasonOpened](AggregateSeason, 1),
		kind[CovenantEnteredIntoForce](AggregateSeason, 1),
		kind[ImportStarted](AggregateSeason, 1),
		kind[ImportCompleted](AggregateSeason, 1),
		kind[RankingFinalised](AggregateSeason, 1),
		kind[TargetsSet](AggregatePledge, 1),
		kind[PledgeSigned](AggregatePledge, 1),
		kind[IndicatorReported](AggregateReport, 1),
		kind[IndicatorCorrected](AggregateReport, 1),
		kind[IndicatorVerified](AggregateReport, 1),
		kind[DeadlineExtended](AggregateReport, 1),
		kind[PointsAdjusted](AggregateConduct, 1),
		kind[HoldPlaced](AggregateConduct, 1),
		kind[HoldLifted](AggregateConduct, 1),
		kind[BallotTallied](AggregateAwards, 1),
		kind[AwardGranted](AggregateAwards, 1),
		kind[EventDiscarded](AggregateAny, 1),
		kind[LogGap](AggregateLog, 1),
		kind[SampleCommitted](AggregateInspection, 1),
		kind[SampleDrawn](AggregateInspection, 1),
		kind[ErasureProposed](AggregatePerson, 1),
		kind[DisclosureErased](AggregatePerson, 1),
		kind[DisclosurePurged](AggregatePerson, 1),
		kind[KeyRegistered](AggregateKey, 1),
		kind[KeyConfirmed](AggregateKey, 1),
		kind[KeyRevoked](AggregateKey, 1),
		kind[SignatureAdded](AggregateSeason, 1),
		kind[LogKeyAnnounced](AggregateLog, 1),
	}
}

func kind[E any, P interface {
	*E
	Event
}](aggregate Aggregate, version int) Kind {
	return Kind{Words: P(new(E)).Words(), Version: version, Aggregate: aggregate, New: func() Event { return P(new(E)) }}
}
