package eventlog_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
)

// killedForgetting leaves a stream's last message under a subject as a server leaves it that is killed while it forgets it: gone, and its bytes in the
// file.
func killedForgetting(t *testing.T, js jetstream.JetStream, stream, subject string) {
	t.Helper()
	s, err := js.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.GetLastMsgForSubject(t.Context(), subject)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteMsg(t.Context(), m.Sequence); err != nil {
		t.Fatal(err)
	}
}

// stored are texts and files of two persons, one of whom is to be forgotten.
type stored struct {
	ref               string
	gone, left        domain.Disclosure
	file, small, kept []byte // small fits into one piece
}

func (s stored) erasure() *domain.DisclosureErased {
	return &domain.DisclosureErased{Disclosures: []string{s.gone.Digest}, Evidence: []string{digest(s.file), digest(s.small)}, Purposes: []string{domain.PurposeIdentity}}
}

func storedIn(t *testing.T, l *eventlog.Log) stored {
	t.Helper()
	ref, _, err := l.Person(t.Context(), "lan@example.vn")
	if err != nil {
		t.Fatal(err)
	}
	other, err := l.NewRef()
	if err != nil {
		t.Fatal(err)
	}
	s := stored{
		ref: ref, gone: sealedIn(t, l, ref, "Nguyễn Thị Lan"), left: sealedIn(t, l, other, "Trần Thị Mai"),
		file: bytes.Repeat([]byte("biên bản của Lan "), 30_000), small: []byte("giấy của Lan"), kept: bytes.Repeat([]byte("một tệp khác "), 40_000),
	}
	for _, content := range [][]byte{s.small, s.kept, s.file} {
		if err := l.PutEvidence(t.Context(), digest(content), int64(len(content)), bytes.NewReader(content)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// pieces is under what the small file's piece lies.
func (s stored) pieces(t *testing.T, js jetstream.JetStream) string {
	t.Helper()
	store, err := js.ObjectStore(t.Context(), "EVIDENCE")
	if err != nil {
		t.Fatal(err)
	}
	info, err := store.GetInfo(t.Context(), digest(s.small))
	if err != nil {
		t.Fatal(err)
	}
	return info.NUID
}

// TestForgettingCutOff kills the server's forgetting in the middle, of a text, of an account and of what leads to a file, and lets it be done again.
func TestForgettingCutOff(t *testing.T) {
	dir := t.TempDir()
	server := testenv.NATSIn(t, dir)
	l, js := openOn(t, server), streams(t, connect(t, server))
	s := storedIn(t, l)
	name := base64.URLEncoding.EncodeToString([]byte(digest(s.small)))
	killedForgetting(t, js, "KV_DISCLOSURES", "$KV.DISCLOSURES."+s.gone.Digest)
	killedForgetting(t, js, "KV_DISCLOSURES", "$KV.DISCLOSURES.person.*")
	killedForgetting(t, js, "OBJ_EVIDENCE", "$O.EVIDENCE.C.*") // the last piece of the last file
	killedForgetting(t, js, "OBJ_EVIDENCE", "$O.EVIDENCE.C."+s.pieces(t, js))
	killedForgetting(t, js, "OBJ_EVIDENCE", "$O.EVIDENCE.M."+name)

	if err := l.Forget(t.Context(), s.ref, s.erasure()); err != nil {
		t.Fatal(err)
	}
	if len(testenv.FilesHolding(t, dir, []byte(s.gone.Encoded))) == 0 {
		t.Fatal("the text is in no file though the server was killed: there is nothing to find")
	}
	if err := l.RewriteStores(t.Context(), s.erasure()); err != nil {
		t.Fatal(err)
	}
	for _, wanted := range []string{s.gone.Encoded, "biên bản của Lan ", "giấy của Lan", name} {
		if files := testenv.FilesHolding(t, dir, []byte(wanted)); len(files) > 0 {
			t.Errorf("%.40q is still in %v", wanted, files)
		}
	}
	s.keeps(t, l, 0)
}

// keeps checks that what was not forgotten is there, beside so many other persons, and nothing else.
func (s stored) keeps(t *testing.T, l *eventlog.Log, others int) {
	t.Helper()
	texts, err := l.Disclose(t.Context(), []string{s.gone.Digest, s.left.Digest})
	if diff := cmp.Diff(map[string]string{s.left.Digest: "Trần Thị Mai"}, texts); diff != "" || err != nil {
		t.Errorf("disclosed (-want +got), %v:\n%s", err, diff)
	}
	if got, err := read(l.Evidence(t.Context(), digest(s.kept))); err != nil || !bytes.Equal(got, s.kept) {
		t.Errorf("the other file has %d bytes, %v, want %d", len(got), err, len(s.kept))
	}
	var keys []string
	err = l.EachKept(t.Context(), func(k eventlog.Kept) error {
		keys = append(keys, k.Key)
		return nil
	})
	if len(keys) != 2+others || !slices.Contains(keys, "secret") || !slices.Contains(keys, s.left.Digest) || err != nil {
		t.Errorf("kept is %q, %v; want the secret, the other text and %d persons", keys, err, others)
	}
}

// TestRewriteWhileOthersStore rewrites the stores again and again while another process stores texts: none of them is lost, on one server or on three, of
// which some are behind.
func TestRewriteWhileOthersStore(t *testing.T) {
	for name, open := range map[string]func(*testing.T) [2]*eventlog.Log{"one server": openTwo, "three servers": openTwoOnThree} {
		t.Run(name, func(t *testing.T) {
			logs := open(t)
			l, all := logs[0], make([]domain.Disclosure, 200)
			for i := range all {
				_, all[i], _ = l.Seal("name", fmt.Sprintf("Người thứ %d", i))
			}
			done := make(chan error, 1)
			go func() {
				var err error
				for i := 0; i < len(all) && err == nil; i++ {
					err = logs[1].Deposit(t.Context(), all[i:i+1])
				}
				done <- err
			}()
			rounds := 0
			for ended := false; !ended; rounds++ {
				select {
				case err := <-done:
					if ended = true; err != nil {
						t.Fatal(err)
					}
				default:
				}
				if err := l.RewriteStores(t.Context(), &domain.DisclosureErased{Evidence: []string{sha}}); err != nil {
					t.Fatal(err)
				}
			}
			for i, d := range all {
				if texts, err := l.Disclose(t.Context(), []string{d.Digest}); len(texts) != 1 || err != nil {
					t.Fatalf("text %d is gone after %d rounds: %v", i, rounds, err)
				}
			}
		})
	}
}

func openTwo(t *testing.T) [2]*eventlog.Log {
	server := testenv.NATSIn(t, t.TempDir())
	return [2]*eventlog.Log{openOn(t, server), openOn(t, server)}
}

func openTwoOnThree(t *testing.T) (logs [2]*eventlog.Log) {
	cluster := testenv.NATSThree(t)
	for i := range logs {
		logs[i] = openReplicated(t, cluster.Connect(t, i))
	}
	return logs
}
