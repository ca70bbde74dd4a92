package domain

import "slices"

// Rule is the id of a rule, stable for programs that read problems. Where it comes from stands beside it: a number is that of spec
// "bundle", What a bundle must satisfy.
type Rule string

// Rules of form: how a thing is written.
const (
	RuleNumber  Rule = "number-form"  // spec "scoring", Numbers
	RuleDate    Rule = "date-form"    // spec "bundle", ids and dates
	RuleInstant Rule = "instant-form" // spec "bundle", ids and dates
	RuleID      Rule = "id-form"      // spec "bundle", ids and dates
	RuleText    Rule = "text-form"    // spec "bundle": free text of at most 1,000 characters, without control characters
	RuleWord    Rule = "word"         // a word that its contract does not list
	RuleSize    Rule = "event-size"   // spec "events", Envelope
)

// Rules of the field.
const (
	RuleMember        Rule = "member"           // 1
	RuleUnitListed    Rule = "unit-listed"      // 1
	RuleUnitCycle     Rule = "unit-cycle"       // 1
	RuleHead          Rule = "head"             // 1
	RuleKnown         Rule = "known"            // 1
	RuleDuplicate     Rule = "duplicate"        // 2
	RuleCalendar      Rule = "calendar"         // 3
	RuleExtension     Rule = "extension"        // 3
	RuleFinalAfter    Rule = "finalised-after"  // 3
	RuleZone          Rule = "timezone"         // 3
	RuleRuleset       Rule = "ruleset"          // 4
	RuleDigits        Rule = "digits"           // 4; spec "scoring", Numbers
	RuleScale         Rule = "scale"            // 4
	RuleSignature     Rule = "signature"        // 5
	RuleApplicable    Rule = "applicable"       // 6
	RuleYesNo         Rule = "yes-no"           // 6
	RuleDenominator   Rule = "denominator"      // 6
	RuleWindow        Rule = "window"           // 6
	RuleReason        Rule = "reason"           // 6
	RuleVerifiedAfter Rule = "verified-after"   // 7
	RuleFinalisedAt   Rule = "after-finalised"  // 8
	RuleFuture        Rule = "future"           // 8
	RuleBallotCount   Rule = "ballot-count"     // 9
	RuleAfterFinal    Rule = "before-finalised" // 9 and 10
	RuleBallot        Rule = "ballot"           // 9 and 10
	RuleRank          Rule = "rank"             // 10
	RuleTier          Rule = "tier"             // 10
	RuleHold          Rule = "hold"             // 10
	RuleLimit         Rule = "limit"            // 10
	RuleDecision      Rule = "decision"         // 10
	RuleEvidenceSize  Rule = "evidence-size"    // 11
	RuleFrozen        Rule = "frozen"           // spec "events", Rules that hold along the log
	RuleClosed        Rule = "closed"           // Importing again
	RuleContradiction Rule = "contradiction"    // Importing again
	RuleCommand       Rule = "command"          // spec "events": the same id with another digest
	RuleUnreadable    Rule = "unreadable"       // what lies in a stream is no event, and was not discarded
	RuleParked        Rule = "parked"           // a season with a parked event is incomplete
	RuleErasure       Rule = "erasure"          // something that is there is erased, once
	RuleErased        Rule = "erased"           // what says that something was erased is not discarded
	RuleTwoPersons    Rule = "two-persons"      // who approves an erasure has not proposed it
	RuleKept          Rule = "kept"             // what the archive term of emulation papers keeps
	RuleLost          Rule = "lost"             // a season of which an event is lost is incomplete for ever
)

// RuleStrike asks that what is struck to see what were without it is something that a ranking rests on.
const RuleStrike Rule = "strike"

// Rules of inspections.
const (
	RuleSampleSize  Rule = "sample-size"  // a sample has 1 to SampleLimit cells, no more than it was announced with
	RuleSampleNonce Rule = "sample-nonce" // the nonce is the one that was committed to
	RuleSampleOrder Rule = "sample-order" // the commitment is in the checkpoint that a sample is drawn with
)

// Rules of signatures and keys (spec "events", key.*; docs/signing.md).
const (
	RuleSignatureForm  Rule = "signature-form"  // neither a DSSE envelope nor an OpenSSH signature
	RuleSignatureWrong Rule = "signature-wrong" // not one over what is signed
	RuleKeyForm        Rule = "key-form"        // no Ed25519 public key
	RuleKeyValidity    Rule = "key-validity"    // from one moment to a later one
	RuleKeyUnknown     Rule = "key-unknown"     // not registered
	RuleKeyUnconfirmed Rule = "key-unconfirmed"
	RuleKeyExpired     Rule = "key-expired" // or not valid yet
	RuleKeyRevoked     Rule = "key-revoked"
	RuleKeyHolder      Rule = "key-holder" // of another unit or person
)

// form reports whether the rule is one of form.
func (r Rule) form() bool {
	return slices.Contains([]Rule{RuleNumber, RuleDate, RuleInstant, RuleID, RuleText, RuleWord, RuleSize, RuleSignatureForm, RuleKeyForm}, r)
}
