package eventlog_test

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
)

// TestForgetOverwrites looks for what was forgotten in the very files of the server, and for what must be left.
func TestForgetOverwrites(t *testing.T) {
	dir := t.TempDir()
	l := openOn(t, testenv.NATSIn(t, dir))
	s := storedIn(t, l)
	other, _, err := l.Person(t.Context(), "mai@example.vn")
	if err != nil {
		t.Fatal(err)
	}
	// The disclosure is stored twice, as when a restore was cut off.
	if err := l.Deposit(t.Context(), []domain.Disclosure{s.gone}); err != nil {
		t.Fatal(err)
	}
	wanted := []string{s.gone.Encoded, "biên bản của Lan ", "giấy của Lan"}
	for _, text := range wanted {
		if len(testenv.FilesHolding(t, dir, []byte(text))) == 0 {
			t.Fatalf("%.40q is in no file before: the search would find nothing", text)
		}
	}
	for range 2 { // the second time nothing is left to do
		if err := l.Forget(t.Context(), s.ref, s.erasure()); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range wanted {
		if files := testenv.FilesHolding(t, dir, []byte(text)); len(files) > 0 {
			t.Errorf("%.40q is still in %v", text, files)
		}
	}
	for _, file := range s.erasure().Evidence {
		if _, err := read(l.Evidence(t.Context(), file)); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("the file: got %v, want an error of kind ErrNotFound", err)
		}
	}
	if _, known, err := l.LookUpPerson(t.Context(), "lan@example.vn"); known || err != nil {
		t.Errorf("the person is still found (%v)", err)
	}
	if found, known, err := l.LookUpPerson(t.Context(), "mai@example.vn"); !known || found != other || err != nil {
		t.Errorf("the other person is %q, %v", found, err)
	}
	s.keeps(t, l, 1)
}

// sealedIn appends the registration of a person with a name.
func sealedIn(t *testing.T, l *eventlog.Log, ref, name string) domain.Disclosure {
	t.Helper()
	sealed, disclosure, err := l.Seal("name", name)
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, l, domain.Append{
		Issue:   opening(issue(name), disclosure),
		Changes: []domain.Change{{Stream: domain.PersonStream(ref), Event: &domain.PersonRegistered{Account: sealed, Name: sealed}}},
	})
	return disclosure
}

func TestErasuresOfTheLog(t *testing.T) {
	l := open(t)
	if none, err := l.Erasures(t.Context()); err != nil || len(none.Texts) > 0 {
		t.Fatalf("an empty log has %v (%v)", none, err)
	}
	first, second := "p-"+strings.Repeat("a", 32), "p-"+strings.Repeat("b", 32)
	erase := func(ref, digest string) domain.Position {
		return mustAppend(t, l, domain.Append{Issue: issue(ref), Changes: []domain.Change{{Stream: domain.PersonStream(ref), Event: &domain.DisclosureErased{
			Disclosures: []string{digest}, Evidence: []string{}, Purposes: []string{domain.PurposeIdentity}, Basis: sealed("b"), By: personRef, ApprovedBy: first,
		}}}})
	}
	erase(first, "A")
	mustAppend(t, l, domain.Append{Issue: issue("purged"), Changes: []domain.Change{{Stream: domain.PersonStream(first), Event: &domain.DisclosurePurged{Erased: 1}}}})
	erase(second, "B")
	got, err := l.Erasures(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]domain.Position{"A": 1, "B": 3}, got.Texts); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]domain.Position{first: 1, second: 3}, got.Persons); diff != "" {
		t.Errorf("persons (-want +got):\n%s", diff)
	}
	if len(got.Open) != 1 || got.Open[3] == nil {
		t.Errorf("open are %v, want that of position 3", got.Open)
	}
}

// TestForgetUnnamed removes what a stopped import has left of a text, and neither what an event names nor what may still be on its way.
func TestForgetUnnamed(t *testing.T) {
	l := open(t)
	named := sealedIn(t, l, personRef, "Nguyễn Thị Lan")
	_, left, err := l.Seal("name", "Nguyễn Thị Lan")
	if err != nil {
		t.Fatal(err)
	}
	_, other, err := l.Seal("name", "Trần Thị Mai")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Deposit(t.Context(), []domain.Disclosure{left, other}); err != nil {
		t.Fatal(err)
	}
	wanted := func(text string) bool { return text == "Nguyễn Thị Lan" }
	standing := func([]string) (map[string]bool, error) { return map[string]bool{named.Digest: true}, nil }
	both := map[string]string{named.Digest: "Nguyễn Thị Lan", other.Digest: "Trần Thị Mai"}
	all := maps.Clone(both)
	all[left.Digest] = "Nguyễn Thị Lan"
	for _, step := range []struct {
		before time.Time
		want   map[string]string
	}{{time.Now().Add(-time.Minute), all}, {time.Now().Add(time.Minute), both}} {
		if err := l.ForgetUnnamed(t.Context(), step.before, wanted, standing); err != nil {
			t.Fatal(err)
		}
		got, err := l.Disclose(t.Context(), []string{named.Digest, left.Digest, other.Digest})
		if diff := cmp.Diff(step.want, got); diff != "" || err != nil {
			t.Errorf("left (-want +got), %v:\n%s", err, diff)
		}
	}
}

// Pieces of an upload that was cut off go when they are old enough; those of a file that is there stay.
func TestSweepPieces(t *testing.T) {
	dir := t.TempDir()
	server := testenv.NATSIn(t, dir)
	l, nc := openOn(t, server), connect(t, server)
	if err := l.PutEvidence(t.Context(), digest([]byte("whole")), 5, strings.NewReader("whole")); err != nil {
		t.Fatal(err)
	}
	if _, err := streams(t, nc).Publish(t.Context(), "$O.EVIDENCE.C.cutoff", []byte("a part of a file")); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		before time.Time
		left   int
	}{{time.Now().Add(-time.Minute), 1}, {time.Now().Add(time.Minute), 0}} {
		if err := l.SweepPieces(t.Context(), step.before); err != nil {
			t.Fatal(err)
		}
		if files := testenv.FilesHolding(t, dir, []byte("a part of a file")); len(files) != step.left {
			t.Errorf("before %v the piece lies in %v, want %d files", step.before, files, step.left)
		}
	}
	if got, err := read(l.Evidence(t.Context(), digest([]byte("whole")))); err != nil || string(got) != "whole" {
		t.Errorf("the file is %q, %v", got, err)
	}
}

// A file that was stored long ago is not written again, which would leave the bytes of the one before behind.
func TestEvidenceIsWrittenOnce(t *testing.T) {
	dir := t.TempDir()
	server := testenv.NATSIn(t, dir)
	later := config()
	later.Now = func() time.Time { return time.Now().Add(24 * time.Hour) }
	content := "biên bản"
	for _, cfg := range []eventlog.Config{config(), later} {
		l, err := eventlog.Open(t.Context(), connect(t, server), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.PutEvidence(t.Context(), digest([]byte(content)), int64(len(content)), strings.NewReader(content)); err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	l := openOn(t, server)
	if got, err := read(l.Evidence(t.Context(), digest([]byte(content)))); err != nil || string(got) != content {
		t.Errorf("read %q, %v", got, err)
	}
	if err := l.ForgetEvidence(t.Context(), digest([]byte(content))); err != nil {
		t.Fatal(err)
	}
	if files := testenv.FilesHolding(t, dir, []byte(content)); len(files) > 0 {
		t.Errorf("the content is still in %v", files)
	}
}
