package seal_test

import (
	"bytes"
	"errors"
	"testing"

	"thidua/domain"
	"thidua/seal"
)

func TestAnnounce(t *testing.T) {
	present, next, foreign := newKey(t, 1), newKey(t, 2), newKey(t, 3)
	announcement, err := seal.Announce(present, next)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := seal.ReadAnnouncement(announcement, present.Verifier()); err != nil || got != next.Public() {
		t.Errorf("named is %q, %v", got, err)
	}
	other, err := seal.Announce(present, foreign)
	if err != nil {
		t.Fatal(err)
	}
	head, err := seal.Checkpoint{Origin: origin, Size: 1}.Sign(present)
	if err != nil {
		t.Fatal(err)
	}
	last := bytes.LastIndex(announcement, []byte("— "))
	for name, wrong := range map[string][]byte{
		"a key that did not sign":   announcement[:last],
		"another key in its place":  bytes.Replace(announcement, []byte(next.Public()), []byte(foreign.Public()), 1),
		"the signatures of another": append(bytes.Clone(announcement[:bytes.Index(announcement, []byte("— "))]), other[bytes.Index(other, []byte("— ")):]...),
		"a checkpoint":              head.Note,
		"nothing":                   nil,
	} {
		if got, err := seal.ReadAnnouncement(wrong, present.Verifier()); !errors.Is(err, domain.ErrInvalid) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if got, err := seal.ReadAnnouncement(announcement, foreign.Verifier()); !errors.Is(err, domain.ErrInvalid) {
		t.Errorf("a key that nobody knows announces %q, %v", got, err)
	}
	if _, err := seal.Announce(present, present); !errors.Is(err, domain.ErrInvalid) {
		t.Errorf("itself: %v", err)
	}
}
