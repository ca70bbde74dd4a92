package envelope_test

import (
	"strings"

	"thidua/domain"
)

const unit = "cao-bang"

var sha = strings.Repeat("9f86d081884c7d65", 4)

// What the examples of keys and signatures are made of: a key as ssh-keygen prints it, and the form of an envelope.
const (
	exampleKey      = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJcyvNPwDZYkKDnDU7bFCPEmFe3l/Q3bD5x667UEgu6L"
	exampleKeyID    = "SHA256:Jh90ufY/6c0C5+5ZdI7T87hlzW7rYzuDXX6v8dW9Y74"
	exampleEnvelope = `{"payload":"e30=","payloadType":"application/vnd.thidua.pledge+json","signatures":[{"keyid":"` + exampleKeyID + `","sig":"AA=="}]}`
)

func exampleFile(mediaType string) []domain.Evidence {
	return []domain.Evidence{{SHA256: sha, Size: 1702, MediaType: mediaType, Name: sealed("n")}}
}

// exampleChanges has one change of each type of the first release, with as many members as the type can have.
func exampleChanges() []domain.Change {
	changes := []domain.Change{
		{Stream: domain.UnitStream(unit), Event: &domain.UnitRegistered{
			Name: domain.Names{VI: "Cao Bằng", EN: "Cao Bang"}, Level: "province", Parent: "northern-border", Code: "04",
		}},
		{Stream: domain.PersonStream(personRef), Event: &domain.PersonRegistered{Account: sealed("a"), Name: sealed("n")}},
	}
	changes = append(changes, exampleSeason()...)
	changes = append(changes, exampleReports()...)
	changes = append(changes, exampleDecisions()...)
	return append(changes, exampleErasure()...)
}

func exampleErasure() []domain.Change {
	person, digests, files := domain.PersonStream(personRef), []string{sealed("a").Digest, sealed("n").Digest}, []string{sha}
	purposes := []string{domain.PurposeIdentity, domain.PurposeEvidence}
	return []domain.Change{
		{Stream: person, Event: &domain.ErasureProposed{Disclosures: digests, Evidence: files, Purposes: purposes, Basis: sealed("b"), By: personRef}},
		{Stream: person, Event: &domain.DisclosureErased{
			Proposal: 834, Disclosures: digests, Evidence: files, Purposes: purposes, Basis: sealed("b"), By: personRef, ApprovedBy: "p-" + sha[:32],
		}},
		{Stream: person, Event: &domain.DisclosurePurged{Erased: 835}},
	}
}

func exampleSeason() []domain.Change {
	stream, at := domain.SeasonStream(season), instant("2019-02-28T09:00:00+07:00")
	return []domain.Change{
		{Stream: stream, Event: exampleDraft()},
		{Stream: stream, Event: &domain.CriterionDefined{
			ID: "A1", Group: "A", Name: domain.Names{VI: "Kết nạp hội viên", EN: "New members"}, Measure: "member", Kind: "ratio",
			Direction: "higher", OverTime: "latest", Points: "40", Formula: "steps", Cap: "1.2",
			Steps: []domain.Step{{AtLeast: "0.5", Share: "0.5"}, {AtLeast: "1", Share: "1"}}, StepPercent: "5", PerStep: "2", PerItem: "0.5",
		}},
		{Stream: stream, Event: &domain.SeasonOpened{RulesetSHA256: sha}},
		{Stream: stream, Time: at, Event: &domain.CovenantEnteredIntoForce{}},
		{Stream: stream, Time: at, Event: &domain.ImportStarted{BundleSHA256: sha, Rows: 3120}},
		{Stream: stream, Time: at, Event: &domain.ImportCompleted{BundleSHA256: sha, Rows: 3120}},
		{Stream: stream, Time: instant("2019-12-06T15:00:00+07:00"), Event: &domain.RankingFinalised{
			T: instant("2019-12-06T15:00:00+07:00"), Position: 40, SeasonVersion: 39, RulesetSHA256: sha, ResultSHA256: sha,
			Standings: []domain.FinalStanding{{Unit: unit, Rank: 1, Total: "937.08", Tier: "excellent"}},
		}},
		{Stream: domain.PledgeStream(season, unit), Event: &domain.TargetsSet{
			Targets: []domain.Target{{Criterion: "A1", Target: "17"}, {Criterion: "A2", Target: domain.NotApplicable}},
		}},
		{Stream: domain.PledgeStream(season, unit), Time: at, Event: &domain.PledgeSigned{
			Signer: personRef, Role: sealed("r"), RulesetSHA256: sha, TargetsSHA256: sha, Signature: domain.PaperSignature,
		}},
	}
}

func exampleDraft() *domain.SeasonDrafted {
	return &domain.SeasonDrafted{
		Cluster: "northern-border", Year: "2019", Title: domain.Names{VI: "Cụm thi đua biên giới phía Bắc 2019", EN: "Northern border 2019"},
		Timezone: "Asia/Ho_Chi_Minh", Members: []string{unit, "lang-son"}, Head: "son-la", Deputy: "lao-cai",
		Periods: []domain.Period{{ID: "2019-Q1", From: "2019-01-01", To: "2019-03-31", Deadline: "2019-04-05", Lock: "2019-04-20"}},
		Awards: []domain.Award{{
			ID: "flag-leading", Title: domain.Names{VI: "Cờ thi đua", EN: "Emulation flag"}, Limit: "1", MaxRank: "1", MinTier: "excellent",
			Ballot: &domain.BallotCondition{Body: domain.BodyCluster, AtLeastPercent: "50"},
		}},
		Rules: domain.Rules{
			Scale: "1000", Rounding: domain.Rounding{Digits: "2"}, BonusCap: "50", Lateness: domain.Lateness{PerReport: "2", Max: "10"},
			TieBreak: []string{"fewer_penalty_points"},
			Tiers:    []domain.Tier{{ID: "excellent", Name: domain.Names{VI: "Xuất sắc", EN: "Excellent"}, MinTotal: "900", MinItemShare: "0.5"}},
		},
	}
}

func exampleReports() []domain.Change {
	stream, at := domain.ReportStream(season, unit, "2019-Q1"), instant("2019-04-05T17:30:00.123456+07:00")
	reported := domain.IndicatorReported{
		Criterion: "A1", Value: "12.50", Denominator: "17", By: personRef, Reason: sealed("r"), Note: sealed("n"),
		Evidence: []domain.Evidence{{SHA256: sha, Size: 20480, MediaType: "application/pdf", Name: sealed("n")}},
	}
	corrected := domain.IndicatorCorrected(reported)
	return []domain.Change{
		{Stream: stream, Time: at, Event: &reported},
		{Stream: stream, Time: at, Event: &corrected},
		{Stream: stream, Time: at, Event: &domain.IndicatorVerified{Criterion: "A1", Value: "12", Denominator: "17", By: personRef, Finding: sealed("f")}},
		{Stream: stream, Time: at, Event: &domain.DeadlineExtended{Deadline: "2019-04-12", By: personRef, Reason: sealed("r"), Document: sealed("d")}},
	}
}

func exampleDecisions() []domain.Change {
	conduct, awards, at := domain.ConductStream(season, unit), domain.AwardsStream(season), instant("2019-12-10T08:00:00Z")
	return []domain.Change{
		{Stream: conduct, Time: at, Event: &domain.PointsAdjusted{Kind: domain.Bonus, Points: "2.5", By: personRef, Reason: sealed("r")}},
		{Stream: conduct, Event: &domain.HoldPlaced{Hold: "hold-1", From: "2019-11-01", To: "2019-11-30", Reason: sealed("r"), Document: sealed("d")}},
		{Stream: conduct, Time: at, Event: &domain.HoldLifted{Hold: "hold-1", By: personRef, Reason: sealed("r")}},
		{Stream: awards, Time: at, Event: &domain.BallotTallied{
			Award: "flag-leading", Unit: unit, Body: domain.BodyCluster, Members: "13", Present: "12", Yes: "9", No: "2", Blank: "1", Invalid: "0",
		}},
		{Stream: awards, Time: at, Event: &domain.AwardGranted{
			Award: "flag-leading", Unit: unit, DecisionNumber: "12-QD", Signer: personRef, Competence: sealed("c"), By: personRef,
		}},
		{Stream: conduct, Event: &domain.EventDiscarded{Position: 17, ID: "sha256:" + sha, SHA256: sha, Reason: sealed("r")}},
		{Stream: domain.GapStream(17), Time: at, Event: &domain.LogGap{From: 16, To: 18, Reason: sealed("r")}},
		{Stream: domain.InspectionStream(season), Time: at, Event: &domain.SampleCommitted{Size: "20", Commitment: sha, By: personRef}},
		{Stream: domain.InspectionStream(season), Time: at, Event: &domain.SampleDrawn{
			Committed: 2200, Nonce: sha, Checkpoint: "thidua.example.vn/log\n2201\nAAAA\n\n— thidua.example.vn/log AAAA\n", WitnessedAt: at,
			Cells: []domain.SampleCell{{Unit: unit, Period: "2019-Q1", Criterion: "A1"}}, By: personRef,
		}},
		{Stream: domain.KeyStream(exampleKeyID), Time: at, Event: &domain.KeyRegistered{
			Key: exampleKey, Unit: unit, Person: personRef, NotBefore: instant("2019-01-01T00:00:00+07:00"), NotAfter: instant("2023-12-31T23:59:59+07:00"),
		}},
		{Stream: domain.KeyStream(exampleKeyID), Time: at, Event: &domain.KeyConfirmed{
			Predecessor: exampleKeyID, Signature: exampleEnvelope, Minutes: sealed("m"), By: personRef, Evidence: exampleFile("application/pdf"),
		}},
		{Stream: domain.KeyStream(exampleKeyID), Time: at, Event: &domain.KeyRevoked{From: at, By: personRef, Reason: sealed("r")}},
		{Stream: domain.SeasonStream(season), Time: at, Event: &domain.SignatureAdded{
			Position: 41, StatementSHA256: sha, Signer: personRef, Role: sealed("r"), Signature: exampleEnvelope, Evidence: exampleFile("application/pkcs7-signature"),
		}},
		{Stream: domain.LogStream(), Time: at, Event: &domain.LogKeyAnnounced{
			Key: "thidua.example.vn/log+00000002+AQ==", Previous: "thidua.example.vn/log+00000001+AQ==",
			Announcement: "thidua.example.vn/log\nnext key\nthidua.example.vn/log+00000002+AQ==\n\n— thidua.example.vn/log AAAA\n— thidua.example.vn/log AAAA\n",
		}},
	}
}
