package bundle_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"thidua/bundle"
	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
)

// An award with one place, decided for two units at once by two processes, goes to exactly one: the limit stands on both decisions.
func TestAwardLimitRaced(t *testing.T) {
	t.Parallel()
	server := testenv.NATS(t)
	logs := []*eventlog.Log{openLog(t, server), openLog(t, server)}
	for round := range 5 {
		season := fmt.Sprintf("raced-%d", round)
		path := edited(t, replace("season.yaml", "season: northern-border-2019", "season: "+season),
			replace("season.yaml", "limit: 3", "limit: 1"), without("awards.csv", "lang-son"), without("awards.csv", "lao-cai"))
		result, err := open(t, path).Import(t.Context(), logs[0], bundle.Options{Now: func() time.Time { return now }, Actor: "system:test"})
		if err != nil || len(result.Errors) > 0 {
			t.Fatalf("import: %v, %v", err, result.Errors)
		}
		ends := make(chan error)
		for i, unit := range []string{"lang-son", "lao-cai"} {
			go func() { ends <- grant(t, logs[i], season, unit) }()
		}
		first, second := <-ends, <-ends
		if (first == nil) == (second == nil) {
			t.Fatalf("round %d: %v and %v; want that exactly one is granted", round, first, second)
		}
		var refused *domain.Problem
		if !errors.As(errors.Join(first, second), &refused) || refused.Rule != domain.RuleLimit {
			t.Errorf("round %d: refused with %v, %v; want the rule %s", round, first, second, domain.RuleLimit)
		}
	}
}

// grant decides for a unit, as an officer would.
func grant(t *testing.T, log *eventlog.Log, season, unit string) error {
	sealed, disclosure, err := log.Seal("competence", "Đoàn Chủ tịch")
	if err != nil {
		return err
	}
	at, err := domain.ParseInstant("2019-12-19T10:00:00+07:00")
	if err != nil {
		return err
	}
	const signer = "p-0123456789abcdef0123456789abcdef"
	command := domain.GrantAward{Season: season, At: at, AwardGranted: domain.AwardGranted{
		Award: "certificate-merit", Unit: unit, DecisionNumber: "900/" + rand.Text(), Signer: signer, Competence: sealed, By: signer,
	}}
	issue := domain.Issue{
		ID: log.CommandID(season, unit), Digest: domain.Digest(unit), Actor: signer, Disclosures: []domain.Disclosure{disclosure},
	}
	_, err = domain.Execute(t.Context(), log, season, command, issue, func() time.Time { return now })
	return err
}
