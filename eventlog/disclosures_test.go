package eventlog_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
	"thidua/internal/testenv"
)

func TestSealAndDisclose(t *testing.T) {
	l := open(t)
	want := map[string]string{}
	var digests []string
	a := domain.Append{Issue: issue("names")}
	for i := range 1500 {
		text := fmt.Sprintf("Nguyễn Thị %d <\"&>", i)
		sealed, disclosure, err := l.Seal("name", text)
		if err != nil {
			t.Fatal(err)
		}
		if sealed.Text != text || sealed.Digest != disclosure.Digest {
			t.Fatalf("sealed as %+v with the disclosure %+v", sealed, disclosure)
		}
		want[sealed.Digest] = text
		digests = append(digests, sealed.Digest)
		a.Disclosures = append(a.Disclosures, disclosure)
		if i == 0 {
			a.Changes = []domain.Change{{Stream: domain.PersonStream(personRef), Event: &domain.PersonRegistered{Account: sealed, Name: sealed}}}
		}
	}
	mustAppend(t, l, a)
	got, err := l.Disclose(t.Context(), append(digests, strings.Repeat("A", 43), ">", "secret", ""))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
	if payload := events(t, l)[0].Payload; bytes.Contains(payload, []byte("Nguy")) {
		t.Errorf("the name stands on the log: %s", payload)
	}
}

// The form of RFC 9901: the digest of base64url of [salt, field, text], the salt of 128 bits.
func TestDisclosureForm(t *testing.T) {
	l := open(t)
	_, d, err := l.Seal("reason", "vì mưa")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(d.Encoded))
	if want := base64.RawURLEncoding.EncodeToString(sum[:]); d.Digest != want {
		t.Errorf("the digest is %s, want %s", d.Digest, want)
	}
	opening, err := base64.RawURLEncoding.DecodeString(d.Encoded)
	if err != nil {
		t.Fatal(err)
	}
	if form := regexp.MustCompile(`^\["[A-Za-z0-9_-]{22}","reason","vì mưa"\]$`); !form.Match(opening) {
		t.Errorf("the disclosure is %s", opening)
	}
	if _, _, err := l.Seal("reason", "a\u0301"); !errors.Is(err, domain.ErrInvalid) {
		t.Errorf("a text not in NFC: got %v, want an error of kind ErrInvalid", err)
	}
}

// An event never stands on the log before its disclosures are stored.
func TestDisclosuresComeFirst(t *testing.T) {
	server := testenv.NATS(t)
	l, js := openOn(t, server), streams(t, connect(t, server))
	sealed, disclosure, err := l.Seal("name", "Lan")
	if err != nil {
		t.Fatal(err)
	}
	a := domain.Append{
		Issue:   opening(issue("name"), disclosure),
		Changes: []domain.Change{{Stream: domain.PersonStream(personRef), Event: &domain.PersonRegistered{Account: sealed, Name: sealed}}},
	}
	bucket, err := js.Stream(t.Context(), "KV_DISCLOSURES")
	if err != nil {
		t.Fatal(err)
	}
	closed := bucket.CachedInfo().Config
	open := closed
	closed.MaxMsgSize = 1
	if _, err := js.UpdateStream(t.Context(), closed); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(t.Context(), a); err == nil {
		t.Error("an append whose disclosures cannot be stored came about")
	}
	if last, err := l.Last(t.Context()); err != nil || last != 0 {
		t.Errorf("the log ends at %d (%v), want 0", last, err)
	}
	if _, err := js.UpdateStream(t.Context(), open); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, l, a)
	if texts, err := l.Disclose(t.Context(), []string{sealed.Digest}); err != nil || texts[sealed.Digest] != "Lan" {
		t.Errorf("disclosed %v (%v), want Lan", texts, err)
	}
}

func TestErasedAndForgedDisclosures(t *testing.T) {
	server := testenv.NATS(t)
	l := openOn(t, server)
	bucket, err := streams(t, connect(t, server)).KeyValue(t.Context(), "DISCLOSURES")
	if err != nil {
		t.Fatal(err)
	}
	_, d, err := l.Seal("name", "Lan")
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name string
		do   func() error
		want string
		kind error
	}{
		{name: "stored", do: func() error { _, err := bucket.Put(t.Context(), d.Digest, []byte(d.Encoded)); return err }, want: "Lan"},
		{name: "forged", do: func() error {
			_, err := bucket.Put(t.Context(), d.Digest, []byte("WyJzIiwibmFtZSIsIk1haSJd"))
			return err
		}, kind: domain.ErrCorrupt},
		{name: "erased", do: func() error { return bucket.Purge(t.Context(), d.Digest) }},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		texts, err := l.Disclose(t.Context(), []string{d.Digest})
		if !errors.Is(err, step.kind) || texts[d.Digest] != step.want {
			t.Errorf("%s: got %q and %v, want %q and %v", step.name, texts[d.Digest], err, step.want, step.kind)
		}
	}
}
