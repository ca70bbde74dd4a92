package eventlog_test

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"thidua/internal/testenv"
)

// One account is one person, whoever asks first.
func TestPersonsRaced(t *testing.T) {
	server := testenv.NATS(t)
	a, b := openOn(t, server), openOn(t, server)
	if _, known, err := a.LookUpPerson(t.Context(), "lan@example.vn"); err != nil || known {
		t.Fatalf("nobody is registered: known %v, %v", known, err)
	}
	for round := range 100 {
		account := fmt.Sprintf("Nguyễn-%d@example.vn", round)
		refs, made := make([]string, 4), make([]bool, 4)
		var group sync.WaitGroup
		for i := range refs {
			l := a
			if i%2 == 1 {
				l = b
			}
			group.Go(func() {
				ref, known, err := l.Person(t.Context(), account)
				if err != nil {
					t.Error(err)
				}
				refs[i], made[i] = ref, !known
			})
		}
		group.Wait()
		makers := 0
		for i := range refs {
			if refs[i] != refs[0] {
				t.Fatalf("%s is %s and %s", account, refs[0], refs[i])
			}
			if made[i] {
				makers++
			}
		}
		if makers != 1 {
			t.Errorf("%s was made by %d callers, want 1", account, makers)
		}
		// The same name in another Unicode form is the same account.
		decomposed := strings.Replace(account, "ễ", "e\u0302\u0303", 1)
		if ref, known, err := b.LookUpPerson(t.Context(), decomposed); err != nil || !known || ref != refs[0] {
			t.Errorf("looked up: %s, %v, %v; want %s", ref, known, err, refs[0])
		}
	}
	ref, _, err := a.Person(t.Context(), "form")
	if err != nil || !regexp.MustCompile(`^p-[0-9a-f]{32}$`).MatchString(ref) {
		t.Errorf("a ref is %q (%v)", ref, err)
	}
}

func TestCommandID(t *testing.T) {
	server := testenv.NATS(t)
	l, again, elsewhere := openOn(t, server), openOn(t, server), open(t)
	id := l.CommandID("values", "cao-bang", "17")
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) {
		t.Errorf("%s is not a UUID of version 8", id)
	}
	if got := again.CommandID("values", "cao-bang", "17"); got != id {
		t.Errorf("the same parts give %s and %s", id, got)
	}
	for name, other := range map[string]string{
		"other parts":            l.CommandID("values", "cao-bang", "18"),
		"parts cut elsewhere":    l.CommandID("values", "cao-bang1", "7"),
		"one part less":          l.CommandID("values", "cao-bang17"),
		"another installation's": elsewhere.CommandID("values", "cao-bang", "17"),
	} {
		if other == id {
			t.Errorf("%s give the same id %s", name, id)
		}
	}
}
