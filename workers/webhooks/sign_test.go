package webhooks_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"pgregory.net/rapid"

	"thidua/domain"
	"thidua/workers/webhooks"
)

// The signatures are those of the standard's own library, byte by byte.
func TestSignaturesAreTheStandards(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 24, 64).Draw(t, "key")
		id := rapid.StringMatching(`[0-9a-f-]{36}\.[0-9]{1,4}`).Draw(t, "id")
		at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "at"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns"))
		body := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "body")
		secret := "whsec_" + base64.StdEncoding.EncodeToString(key)
		judge, err := standard.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		want, err := judge.Sign(id, at, body)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := webhooks.Sign([]string{secret}, id, at, body); err != nil || got != want {
			t.Fatalf("got %q and %v, want %q", got, err, want)
		}
	})
}

func TestAWrongSecretSignsNothing(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{"", "whsec_", "whsec_%%%"} {
		if got, err := webhooks.Sign([]string{secret}, "id", time.Unix(1, 0), nil); !errors.Is(err, domain.ErrInvalid) {
			t.Errorf("%q gives %q and %v, want an error", secret, got, err)
		}
	}
}

// While a secret is rotated, who has the old one and who has the new one both verify what is sent; when the time is over, only who has the new one.
func TestRotation(t *testing.T) {
	t.Parallel()
	b := newBed(t, webhooks.Pace{})
	b.clock.move(time.Now()) // which the library compares with
	r := receive(t, status(http.StatusOK))
	name, first := b.add(t, webhooks.Endpoint{URL: r.URL})
	verified := func(c call, secret string) bool {
		judge, err := standard.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		return judge.Verify(c.body, c.header) == nil
	}
	deliver := func() call {
		b.report(t, "unit", 1)
		b.round(t, name)
		calls := r.got()
		return calls[len(calls)-1]
	}
	if c := deliver(); !verified(c, first) || len(strings.Fields(c.signature)) != 1 {
		t.Errorf("before the rotation the signature is %q", c.signature)
	}
	second, err := b.hooks.Rotate(t.Context(), name, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if c := deliver(); !verified(c, first) || !verified(c, second) || len(strings.Fields(c.signature)) != 2 {
		t.Errorf("during the rotation the signature is %q", c.signature)
	}
	third, err := b.hooks.Rotate(t.Context(), name, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if c := deliver(); verified(c, first) || !verified(c, second) || !verified(c, third) {
		t.Errorf("during the next one it is %q", c.signature)
	}
	b.clock.move(b.clock.now().Add(time.Minute))
	if c := deliver(); verified(c, second) || !verified(c, third) || len(strings.Fields(c.signature)) != 1 {
		t.Errorf("after it the signature is %q", c.signature)
	}
	var kept int
	if err := b.db.GetContext(t.Context(), &kept, "SELECT count(*) FROM private.webhook_secret"); err != nil || kept != 1 {
		t.Errorf("%d secrets are kept, and %v; want the current one", kept, err)
	}
	if at := r.got()[0].header.Get("webhook-timestamp"); at == strconv.FormatInt(b.clock.now().Unix(), 10) {
		t.Error("the timestamp is not that of the attempt")
	}
}
