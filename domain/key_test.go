package domain_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"testing"

	"thidua/domain"
	"thidua/domain/signing"
)

// The moments of the keys of the stories.
const (
	keyFrom      = "2018-12-01T00:00:00+07:00"
	keyTo        = "2023-12-31T23:59:59+07:00"
	registeredAt = "2018-12-02T09:00:00+07:00"
	confirmedAt  = "2018-12-03T09:00:00+07:00"
)

// private is the key of a unit's leader, or of whoever has the name. It never comes to the server.
func private(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("key of " + name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func public(name string) signing.PublicKey {
	key, err := signing.NewPublicKey(private(name).Public().(ed25519.PublicKey))
	if err != nil {
		panic(err)
	}
	return key
}

// envelope is a statement signed with somebody's key.
func envelope(s signing.Statement, name string) string {
	text, err := signing.Sign(s, private(name))
	if err != nil {
		panic(err)
	}
	return text
}

func person(unit string) domain.RegisterPerson {
	return domain.RegisterPerson{Ref: "p-" + unit, PersonRegistered: domain.PersonRegistered{Account: text(unit), Name: text("Bà " + unit)}}
}

// registerKey registers the key of a name for the unit of that name and its leader.
func registerKey(name string, edits ...func(*domain.RegisterKey)) domain.RegisterKey {
	return edited(domain.RegisterKey{At: instant(registeredAt), KeyRegistered: domain.KeyRegistered{
		Key: public(name).String(), Unit: name, Person: "p-" + name, NotBefore: instant(keyFrom), NotAfter: instant(keyTo),
	}}, edits)
}

// registered is a key as it stands on the register, for the statement that its predecessor signs.
func registered(name string, edits ...func(*domain.RegisterKey)) *domain.KeyRegistered {
	c := registerKey(name, edits...)
	return &c.KeyRegistered
}

// of registers a key for a unit and its leader.
func of(unit string) func(*domain.RegisterKey) {
	return func(c *domain.RegisterKey) { c.Unit, c.Person = unit, "p-"+unit }
}

func confirmKey(name string, edits ...func(*domain.ConfirmKey)) domain.ConfirmKey {
	return edited(domain.ConfirmKey{ID: public(name).ID(), At: instant(confirmedAt), KeyConfirmed: domain.KeyConfirmed{
		Minutes: text("Biên bản số 1"), By: "p-clerk",
	}}, edits)
}

// by confirms a key with the signature of another over a statement.
func by(predecessor string, s signing.Statement) func(*domain.ConfirmKey) {
	return func(c *domain.ConfirmKey) {
		c.Minutes, c.Predecessor, c.Signature = nil, public(predecessor).ID(), envelope(s, predecessor)
		c.Chain = []string{c.Predecessor}
	}
}

func revokeKey(name, from string) domain.RevokeKey {
	return domain.RevokeKey{ID: public(name).ID(), At: instant(decidedAt), KeyRevoked: domain.KeyRevoked{From: instant(from), By: "p-clerk", Reason: text("mất khóa")}}
}

func TestRegisterKey(t *testing.T) {
	base := given(register("alpha", ""), person("alpha"), register("beta", ""), person("beta"))
	base.when(registerKey("alpha")).then(t, registered("alpha"))
	base.tries(t, []trial{
		{"no key", registerKey("alpha", func(c *domain.RegisterKey) { c.Key = "ssh-rsa AAAA" }), "key-form key"},
		{"a comment", registerKey("alpha", func(c *domain.RegisterKey) { c.Key += " lan@may-tinh" }), "key-form key"},
		{"an unknown unit", registerKey("alpha", func(c *domain.RegisterKey) { c.Unit = "delta" }), "known unit"},
		{"an unknown person", registerKey("alpha", func(c *domain.RegisterKey) { c.Person = "p-9" }), "known person"},
		{"no end", registerKey("alpha", func(c *domain.RegisterKey) { c.NotAfter = domain.Instant{} }), "key-validity not_after"},
		{"an end before the beginning", registerKey("alpha", func(c *domain.RegisterKey) { c.NotAfter = instant("2018-01-01T00:00:00Z") }), "key-validity not_after"},
	})
	base.and(registerKey("alpha")).when(registerKey("alpha", of("beta"))).thenProblems(t, "duplicate key")
}

func TestConfirmKey(t *testing.T) {
	base := given(register("alpha", ""), person("alpha"), register("beta", ""), person("beta"),
		registerKey("alpha"), registerKey("alpha-2", of("alpha")), registerKey("beta"))
	next := registered("alpha-2", of("alpha")).Statement()
	base.when(confirmKey("alpha")).then(t, &domain.KeyConfirmed{Minutes: text("Biên bản số 1"), By: "p-clerk"})
	base.and(confirmKey("alpha")).when(confirmKey("alpha-2", by("alpha", next))).then(t,
		&domain.KeyConfirmed{Predecessor: public("alpha").ID(), Signature: envelope(next, "alpha"), By: "p-clerk"})
	base.tries(t, []trial{
		{"on nothing", confirmKey("alpha", func(c *domain.ConfirmKey) { c.Minutes = nil }), "key-unconfirmed minutes"},
		{"a key that nobody registered", confirmKey("gamma"), "key-unknown key"},
		{"in the future", confirmKey("alpha", func(c *domain.ConfirmKey) { c.At = instant("2030-01-01T00:00:00Z") }), "future confirmed_at"},
		{"by one that is not confirmed", confirmKey("alpha-2", by("alpha", next)), "key-unconfirmed signature"},
		{"by itself", confirmKey("alpha-2", by("alpha-2", next)), "key-unconfirmed signature"},
		{"by one that nobody registered", confirmKey("alpha-2", by("gamma", next)), "key-unknown signature"},
	})
	base.and(confirmKey("alpha"), confirmKey("beta")).tries(t, []trial{
		{"by another unit's", confirmKey("alpha-2", by("beta", next)), "key-holder signature"},
		{"for another key", confirmKey("alpha-2", by("alpha", registered("alpha").Statement())), "signature-wrong signature"},
		{"for other dates", confirmKey("alpha-2", by("alpha", registered("alpha-2", of("alpha"), func(c *domain.RegisterKey) { c.NotAfter = instant("2020-01-01T00:00:00Z") }).Statement())), "signature-wrong signature"},
		{"with another's signature", confirmKey("alpha-2", by("alpha", next), func(c *domain.ConfirmKey) { c.Predecessor = public("beta").ID() }), "key-holder signer"},
	})
	base.and(confirmKey("alpha"), revokeKey("alpha", "2018-12-02T00:00:00+07:00")).when(confirmKey("alpha-2", by("alpha", next))).thenProblems(t, "key-revoked signature")
}

func TestRevokeKey(t *testing.T) {
	base := given(register("alpha", ""), person("alpha"), registerKey("alpha"))
	from := "2019-06-01T00:00:00+07:00"
	base.when(revokeKey("alpha", from)).then(t, &domain.KeyRevoked{From: instant(from), By: "p-clerk", Reason: text("mất khóa")})
	base.and(revokeKey("alpha", from)).when(revokeKey("alpha", "2019-01-01T00:00:00+07:00")).thenProblems(t, accepted)
	base.and(revokeKey("alpha", from)).when(revokeKey("alpha", "2019-07-01T00:00:00+07:00")).thenProblems(t, "duplicate from")
	silent, ever := revokeKey("alpha", from), revokeKey("alpha", from)
	silent.Reason, ever.From = nil, domain.Instant{}
	base.tries(t, []trial{
		{"without a reason", silent, "reason reason"},
		{"from no moment", ever, "key-validity from"},
		{"a key that nobody registered", revokeKey("gamma", from), "key-unknown key"},
	})
}
