package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
	"thidua/internal/testenv"
)

// says runs a command that answers with an exit code, and returns what it says.
func (s *server) says(t *testing.T, code int, args ...string) string {
	t.Helper()
	out, err := s.command(t, args...).CombinedOutput()
	got := 0
	if exit, ended := errors.AsType[*exec.ExitError](err); ended {
		got = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	if got != code {
		t.Fatalf("thidua %s ends with %d, want %d: %s", strings.Join(args, " "), got, code, out)
	}
	return string(out)
}

// positionsOf finds where the reason and the finding stand that name the person.
func (s *server) positionsOf(t *testing.T) (flags []string) {
	t.Helper()
	var e struct {
		Items []struct {
			Values []struct {
				Reason   string
				Position domain.Position
			}
		}
	}
	s.answer(t, &e, "explain", erasedSeason, "ha-giang", "--json")
	for _, item := range e.Items {
		for _, v := range item.Values {
			if strings.Contains(v.Reason, erasedName) {
				flags = append(flags, "--position", strconv.FormatUint(v.Position, 10))
			}
		}
	}
	if len(flags) != 4 {
		t.Fatalf("a reason and a finding name the person, found %v", flags)
	}
	return flags
}

// TestErasure erases a person from a private installation and looks for the name in every byte of it, in every answer, in an export and in backups.
func TestErasure(t *testing.T) {
	s, papers := &server{dir: t.TempDir()}, papersNaming(t)
	words := filepath.Join(t.TempDir(), "words")
	if err := os.WriteFile(words, []byte("correct horse battery staple"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.answer(t, nil, "import", papers)
	texts := s.positionsOf(t) // which also carries the log into the read models
	if got := strings.Join(traces(t, s.dir), "\n"); !strings.Contains(got, "base64") || !strings.Contains(got, "NFC in nats") || !strings.Contains(got, "NFC in postgres/data/pg_wal") ||
		!strings.Contains(got, "NFC in postgres/data/base") {
		t.Fatalf("before the erasure the name lies in\n%s\nand should in the streams' files, the tables and the write-ahead log: the search would find nothing", got)
	}
	stop := s.up(t)
	dossier, again := s.asks(t, "dossier", erasedSeason), s.asks(t, "import", papers)
	before := filepath.Join(t.TempDir(), "before")
	s.answer(t, nil, "backup", before, "--passphrase-file", words)
	ranking := s.says(t, 0, "ranking", erasedSeason, "--json")
	s.erase(t, texts)
	s.outlived(t, dossier, again)

	if got := traces(t, s.dir); len(got) > 0 {
		t.Errorf("after the erasure the name still lies in\n%s", strings.Join(got, "\n"))
	}
	s.answersWithout(t, ranking)
	s.exportsWithout(t, papers, ranking)
	after := filepath.Join(t.TempDir(), "after")
	s.answer(t, nil, "backup", after, "--passphrase-file", words)
	list := filepath.Join(t.TempDir(), "erasures.json")
	if err := os.WriteFile(list, []byte(s.says(t, 0, "erase", "--list", "--json")), 0o600); err != nil {
		t.Fatal(err)
	}
	stop()
	if got := traces(t, s.dir); len(got) > 0 { // with what the servers write at their end
		t.Errorf("once the server has ended the name lies in\n%s", strings.Join(got, "\n"))
	}
	for name, args := range map[string][]string{"a backup made after": {after}, "a backup made before": {before, "--erasures", list}} {
		restored := &server{dir: t.TempDir()}
		restored.answer(t, nil, append([]string{"restore", "--passphrase-file", words}, args...)...)
		restored.verifies(t)
		if got := traces(t, restored.dir); len(got) > 0 {
			t.Errorf("restored from %s, the name lies in\n%s", name, strings.Join(got, "\n"))
		}
	}
}

// erase has the person erased, with two texts and a file; along the way it is refused what must be.
func (s *server) erase(t *testing.T, texts []string) {
	t.Helper()
	basis := []string{"--basis", "đơn đề nghị ngày 20/12/2019, Điều 14", "--by", "vanthu.cum"}
	if out := s.says(t, 3, append([]string{"erase", "Vàng Thị Mỷ"}, basis...)...); !strings.Contains(out, "(kept)") || !strings.Contains(out, "signer") {
		t.Errorf("a signer is refused with %s", out)
	}
	if out := s.says(t, 2, "erase", erasedName, "--basis", "đơn của "+erasedName, "--by", "vanthu.cum"); !strings.Contains(out, "must not name") {
		t.Errorf("a basis with the name is refused with %s", out)
	}
	args := append([]string{"erase", erasedName, "--evidence", erasedFile, "--json"}, texts...)
	var dry struct {
		Texts, Evidence, Refused []any
	}
	s.answer(t, &dry, append(slices.Clone(args), "--dry-run")...)
	if len(dry.Texts) < 3 || len(dry.Evidence) != 1 || len(dry.Refused) > 0 {
		t.Errorf("a dry run gives %+v", dry)
	}
	var proposed struct{ Proposal domain.Position }
	s.answer(t, &proposed, append(slices.Clone(args), basis...)...)
	if len(traces(t, s.dir)) == 0 {
		t.Error("a proposal erases already")
	}
	approve := []string{"erase", "--approve", strconv.FormatUint(proposed.Proposal, 10), "--by"}
	if out := s.says(t, 3, append(approve, "vanthu.cum")...); !strings.Contains(out, "(two-persons)") {
		t.Errorf("who proposed approves and is refused with %s", out)
	}
	s.says(t, 0, append(approve, "chutich.cum")...)
	s.says(t, 0, append(approve, "chutich.cum")...) // the same again is done already
}

// TestErasureGoesOn kills an erasure, later each time until it is on the log and not carried out. The next server carries it out.
func TestErasureGoesOn(t *testing.T) {
	s := &server{dir: t.TempDir()}
	s.answer(t, nil, "import", papersNaming(t))
	var proposed struct{ Proposal domain.Position }
	s.answer(t, &proposed, append([]string{"erase", erasedName, "--evidence", erasedFile, "--basis", "đơn đề nghị", "--by", "vanthu.cum", "--json"}, s.positionsOf(t)...)...)
	approve := []string{"erase", "--approve", strconv.FormatUint(proposed.Proposal, 10), "--by", "chutich.cum"}
	for after := 300 * time.Millisecond; s.killed(t, after, approve...); after += 70 * time.Millisecond {
		if out := s.says(t, 0, "erase", "--list"); strings.Contains(out, "NOT carried out") {
			break
		}
	}
	if out := s.says(t, 0, "erase", "--list"); !strings.Contains(out, "#") {
		t.Fatalf("nothing was erased: %s", out)
	}
	stop := s.up(t)
	testenv.Eventually(t, "the erasure to be carried out", func() bool { return s.carriedOut(t) })
	s.verifies(t)
	stop()
	if got := traces(t, s.dir); len(got) > 0 {
		t.Errorf("after the erasure the name still lies in\n%s", strings.Join(got, "\n"))
	}
}

// carriedOut reports whether the log says that all erasures are.
func (s *server) carriedOut(t *testing.T) bool {
	t.Helper()
	var list struct {
		Erasures []struct {
			CarriedOut bool `json:"carried_out"`
		}
	}
	s.answer(t, &list, "erase", "--list", "--json")
	return len(list.Erasures) == 1 && list.Erasures[0].CarriedOut
}

// verifies runs verify, which must find nothing wrong.
func (s *server) verifies(t *testing.T) {
	t.Helper()
	if out := s.says(t, 0, "verify"); strings.Contains(out, erasedName) {
		t.Errorf("verify names the person: %s", out)
	}
}

// answersWithout looks into the answers.
func (s *server) answersWithout(t *testing.T, ranking string) {
	t.Helper()
	s.verifies(t)
	if diff := cmp.Diff(standingsOf(t, ranking), standingsOf(t, s.says(t, 0, "ranking", erasedSeason, "--json"))); diff != "" {
		t.Errorf("the ranking (-before +after):\n%s", diff)
	}
	explained := s.says(t, 0, "explain", erasedSeason, "ha-giang")
	if !strings.Contains(explained, "(erased on request, #") || strings.Contains(explained, erasedName) {
		t.Errorf("explain says %s", explained)
	}
	for _, args := range [][]string{{"explain", erasedSeason, "ha-giang", "--json"}, {"audit", "--limit", "100000"}, {"awards", erasedSeason}, {"status"}, {"erase", "--list"}} {
		if out := s.says(t, 0, args...); strings.Contains(out, erasedName) {
			t.Errorf("thidua %s names the person", strings.Join(args, " "))
		}
	}
}

// standingsOf are the standings of a ranking, without its position.
func standingsOf(t *testing.T, ranking string) any {
	t.Helper()
	var r struct{ Standings any }
	if err := json.Unmarshal([]byte(ranking), &r); err != nil {
		t.Fatal(err)
	}
	return r.Standings
}

// exportsWithout exports the season, takes the export and the papers of before in again, and takes the export in elsewhere.
func (s *server) exportsWithout(t *testing.T, papers, ranking string) {
	t.Helper()
	exported := filepath.Join(t.TempDir(), "exported")
	s.answer(t, nil, "export", erasedSeason, exported)
	if got := traces(t, exported); len(got) > 0 {
		t.Errorf("the export names the person: %v", got)
	}
	for name, again := range map[string]string{"the papers of before": papers, "the export": exported} {
		if out := s.says(t, 0, "import", again); !strings.Contains(out, "nothing is new") {
			t.Errorf("%s: %s", name, out)
		}
	}
	if got := traces(t, s.dir); len(got) > 0 {
		t.Errorf("after the papers of before were taken in again the name lies in\n%s", strings.Join(got, "\n"))
	}
	other := start(t)
	other.answer(t, nil, "import", exported)
	if diff := cmp.Diff(standingsOf(t, ranking), standingsOf(t, other.says(t, 0, "ranking", erasedSeason, "--json"))); diff != "" {
		t.Errorf("elsewhere the ranking is another (-here +there):\n%s", diff)
	}
	other.verifies(t)
	again := filepath.Join(t.TempDir(), "again")
	other.answer(t, nil, "export", erasedSeason, again)
	for _, file := range []string{"values.csv", "verifications.csv", "signatures.csv"} {
		if !bytes.Equal(mustRead(t, filepath.Join(exported, file)), mustRead(t, filepath.Join(again, file))) {
			t.Errorf("elsewhere %s is exported otherwise", file)
		}
	}
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
