package domain_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
	"thidua/domain/signing"
)

// minutes are what a reader holds: lines, with "KEY:name" for the fingerprint of a name's key.
func minutes(t *testing.T, lines ...string) signing.Minutes {
	t.Helper()
	var text strings.Builder
	for _, line := range lines {
		for field := range strings.FieldsSeq(line) {
			if name, ok := strings.CutPrefix(field, "KEY:"); ok {
				field = public(name).ID()
			}
			text.WriteString(field + " ")
		}
		text.WriteByte('\n')
	}
	m, err := signing.ParseMinutes(text.String())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// worths writes what each signature is worth: "pledge alpha signed", or "… refused key-revoked".
func worths(w *domain.World, m signing.Minutes) (lines []string) {
	for _, v := range w.Signatures(m) {
		line := fmt.Sprintf("%s %s%s %s", v.Of, v.Award, v.Unit, v.Worth)
		if v.Problem != nil {
			line += " " + string(v.Problem.Rule)
		}
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return lines
}

func asks(t *testing.T, w *domain.World, m signing.Minutes, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, worths(w, m)); diff != "" {
		t.Errorf("worths (-want +got):\n%s", diff)
	}
}

// write puts commands on a record without asking any rule, as somebody can who has root on the server, all our code and the log's key.
func write(w *domain.World, commands ...domain.Command) {
	for _, c := range commands {
		w.Apply(c.Changes(w))
	}
}

// Who holds minutes with the fingerprint sees a signature; who holds none sees the operator's word.
func TestSignaturesForAReader(t *testing.T) {
	next := registered("alpha-2", of("alpha")).Statement()
	w := keyed().and(
		registerKey("alpha-2", of("alpha")), confirmKey("alpha-2", by("alpha", next)),
		signWith("alpha", envelope(pledged("alpha"), "alpha-2"), "alpha-2", func(c *domain.SignPledge) { c.Chain = append(c.Chain, public("alpha").ID()) }),
		signWith("beta", envelope(pledged("beta"), "beta"), "beta"),
		sign("gamma", signedAt),
	).world(t)
	asks(t, w, signing.Minutes{}, "pledge alpha operator", "pledge beta operator", "pledge gamma paper")
	asks(t, w, minutes(t, "beta KEY:beta"), "pledge alpha operator", "pledge beta signed", "pledge gamma paper")
	asks(t, w, minutes(t, "alpha KEY:alpha"), "pledge alpha signed", "pledge beta operator", "pledge gamma paper") // by the chain
	asks(t, w, minutes(t, "alpha KEY:alpha-2 2018-12-01 2023-12-31"), "pledge alpha signed", "pledge beta operator", "pledge gamma paper")
	asks(t, w, minutes(t, "alpha KEY:alpha-2 2018-12-01 2019-12-31"), "pledge alpha operator", "pledge beta operator", "pledge gamma paper") // not with these dates
	asks(t, w, minutes(t, "gamma KEY:beta"), "pledge alpha operator", "pledge beta operator", "pledge gamma paper")                          // not of this unit
	asks(t, w, minutes(t, "alpha KEY:alpha", "beta KEY:beta", "revoked: KEY:beta 2018-12-20", "revoked: KEY:alpha 2018-12-01"),
		"pledge alpha operator", "pledge beta refused key-revoked", "pledge gamma paper")
	asks(t, w, minutes(t, "beta KEY:beta", "revoked: KEY:beta 2018-12-21"), "pledge alpha operator", "pledge beta signed", "pledge gamma paper") // later
	if !w.KeyTrusted(public("alpha-2").ID(), minutes(t, "alpha KEY:alpha")) || w.KeyTrusted(public("beta").ID(), minutes(t, "alpha KEY:alpha")) {
		t.Error("a key is trusted by its chain from the minutes, and by nothing else")
	}
}

func TestSignaturesUnderDecisions(t *testing.T) {
	s, of := decided()
	ranking, final := of(t, "ranking")
	award, granted := of(t, "award")
	paper := []string{"pledge alpha paper", "pledge beta paper", "pledge gamma paper"}
	asks(t, s.world(t), signing.Minutes{}, append(paper, "ranking none", "award meritbeta none")...)
	file := func(c *domain.AddSignature) {
		c.Signature, c.Evidence = "", []domain.Evidence{{SHA256: domain.Digest("p7s"), Size: 1700, MediaType: "application/pkcs7-signature"}}
	}
	w := s.and(add(final, ranking, "alpha"), add(final, ranking, "gamma"), add(granted, award, "alpha"), add(14, award, "gamma", file)).world(t)
	asks(t, w, minutes(t, "alpha KEY:alpha"),
		"pledge alpha paper", "pledge beta paper", "pledge gamma paper", "pledge gamma evidence", "ranking signed", "ranking operator", "award meritbeta signed")
	for _, v := range w.Signatures(signing.Minutes{}) {
		if want, _ := w.Statement(v.Position); string(want.Bytes) != string(v.Statement.Bytes) && v.Worth != domain.WorthPaper {
			t.Errorf("%s %s is over %s, want %s", v.Of, v.Unit, v.Statement.Bytes, want.Bytes)
		}
	}
}

// forgery is what somebody with root on the server, all of the code and the log's key writes onto the record, and what a reader with the minutes sees.
type forgery struct {
	name  string
	write []domain.Command
	want  string
}

// forgedByKeys are those that a key is to lend its name to.
func forgedByKeys() []forgery {
	thief := envelope(pledged("alpha"), "thief")
	asThief := func(c *domain.RegisterKey) { c.Unit, c.Person = "alpha", "p-alpha" }
	return []forgery{
		{"a key of his own, confirmed by his word", []domain.Command{registerKey("thief", asThief), confirmKey("thief"), signWith("alpha", thief, "thief")}, "pledge alpha operator"},
		{"a key of his own, unconfirmed", []domain.Command{registerKey("thief", asThief), signWith("alpha", thief, "thief")}, "pledge alpha refused key-unconfirmed"},
		{"no key at all", []domain.Command{signWith("alpha", thief, "thief")}, "pledge alpha refused key-unknown"},
		{"a key registered behind the signature", []domain.Command{signWith("alpha", thief, "thief"), registerKey("thief", asThief), confirmKey("thief")}, "pledge alpha refused key-unknown"},
		{"a confirmation that alpha's key never made", []domain.Command{
			registerKey("thief", asThief),
			confirmKey("thief", by("thief", registered("thief", asThief).Statement()), func(c *domain.ConfirmKey) { c.Predecessor = public("alpha").ID() }),
			signWith("alpha", thief, "thief"),
		}, "pledge alpha refused key-unconfirmed"},
		{"a confirmation by another unit's key, whose leader is with him", []domain.Command{
			registerKey("thief", asThief), confirmKey("thief", by("beta", registered("thief", asThief).Statement())), signWith("alpha", thief, "thief"),
		}, "pledge alpha refused key-unconfirmed"},
		{"another unit's key", []domain.Command{signWith("alpha", envelope(pledged("alpha"), "beta"), "beta", func(c *domain.SignPledge) { c.Signer = "p-beta" })}, "pledge alpha refused key-holder"},
		{"another unit's key, registered anew for alpha", []domain.Command{
			registerKey("beta", of("alpha")), confirmKey("beta"), signWith("alpha", envelope(pledged("alpha"), "beta"), "beta"),
		}, "pledge alpha refused key-holder"},
		{"the stolen key after it was revoked", []domain.Command{
			revokeKey("alpha", "2019-01-01T00:00:00+07:00"), signWith("alpha", envelope(pledged("alpha"), "alpha"), "alpha"),
		}, "pledge alpha refused key-revoked"},
	}
}

// forgedByWords are those that a signature is said to be under.
func forgedByWords() []forgery {
	forge := func(c *domain.SignPledge) { c.Chain = nil }
	honest := signWith("alpha", envelope(pledged("alpha"), "alpha"), "alpha")
	elsewhere := envelope(domain.PledgeStatement("north-2018", "alpha", []domain.Target{{Criterion: "N", Target: "10"}}, rulesetDigest()), "alpha")
	return []forgery{
		{"the real signature, and other targets behind it", []domain.Command{honest, targets("alpha", "N", "5")}, "pledge alpha refused signature-wrong"},
		{"other targets, and the real signature behind them", []domain.Command{targets("alpha", "N", "5"), honest}, "pledge alpha refused signature-wrong"},
		{"the signature of another season", []domain.Command{signWith("alpha", elsewhere, "alpha")}, "pledge alpha refused signature-wrong"},
		{"no signature", []domain.Command{signWith("alpha", "", "alpha", forge)}, "pledge alpha refused signature-form"},
		{"a word", []domain.Command{signWith("alpha", "signed", "alpha", forge)}, "pledge alpha refused signature-form"},
		{"paper, where there was none", []domain.Command{sign("alpha", signedAt)}, "pledge alpha paper"},
		{"a file", []domain.Command{sign("alpha", signedAt), domain.AddSignature{Season: season, At: instant(decidedAt), SignatureAdded: domain.SignatureAdded{
			Position: 19, Signer: "p-alpha", Evidence: []domain.Evidence{{SHA256: domain.Digest("p7s")}},
		}}}, "pledge alpha paper"},
		{"a signature under nothing", []domain.Command{sign("alpha", signedAt), add(3, pledged("alpha"), "alpha")}, "pledge alpha paper"},
	}
}

// With root one can write what one likes onto the record, but not a pledge that a reader with the minutes takes for signed.
func TestRootSignsNothing(t *testing.T) {
	held := minutes(t, "alpha KEY:alpha 2018-12-01 2023-12-31", "beta KEY:beta", "gamma KEY:gamma")
	beta := signWith("beta", envelope(pledged("beta"), "beta"), "beta")
	for _, tt := range slices.Concat(forgedByKeys(), forgedByWords()) {
		t.Run(tt.name, func(t *testing.T) {
			w := keyed().world(t)
			write(w, tt.write...)
			write(w, beta) // what is honest beside it stays what it is
			got := worths(w, held)
			if !slices.Contains(got, tt.want) || !slices.Contains(got, "pledge beta signed") || slices.Contains(got, "pledge alpha signed") {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	w := keyed().world(t)
	write(w, signWith("alpha", envelope(pledged("alpha"), "alpha"), "alpha"))
	asks(t, w, held, "pledge alpha signed") // her own signature is what he can't make
}
