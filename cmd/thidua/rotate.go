package main

import (
	"context"
	"crypto/rand"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"thidua/domain"
	"thidua/seal"
)

func (a *app) keyLogRotateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "rotate",
		Short: "Make the key that takes over from the sealed log's key, and announce it on the log",
		Long: "Make the key that takes over from the sealed log's key. The announcement, signed by both, goes on the log; from the next start of “thidua up” or\n" +
			"“thidua seal” on both sign every checkpoint, until “thidua key log retire”. See docs/key.md.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.sorting(cmd.Context(), "key", func(p *place) error { return a.rotateKey(cmd.Context(), p) })
		},
	}
}

func (a *app) keyLogRetireCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "retire",
		Short: "Let the older of two keys sign no more, once both have signed",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return a.retireKey() },
	}
}

// rotateAnswer is the form of `key log rotate --json` and `key log retire --json`: the key that remains or came, and the one before it.
type rotateAnswer struct {
	Key      string `json:"key"`
	Previous string `json:"previous"`
	// Announced is the position of the announcement; 0 for a key that retired.
	Announced domain.Position `json:"announced,omitempty"`
}

// rotateKey announces first and writes the file then: a key that nobody announced never signs. One that was announced and lost before it was written has
// signed nothing; the next attempt makes another.
func (a *app) rotateKey(ctx context.Context, p *place) error {
	keys, err := seal.ReadKeys(a.keyFile())
	if err != nil {
		return err
	}
	if len(keys) > 1 {
		return &failure{domain.Text{
			VI: "Một khóa mới đang tiếp quản: hai khóa cùng ký. Hãy kết thúc trước: thidua key log retire",
			EN: "A key is taking over already: two sign together. End that first: thidua key log retire",
		}}
	}
	next, err := seal.NewKey(rand.Reader, keys[0].Origin())
	if err != nil {
		return err
	}
	announcement, err := seal.Announce(keys[0], next)
	if err != nil {
		return err
	}
	e := domain.LogKeyAnnounced{Key: next.Public(), Previous: keys[0].Public(), Announcement: string(announcement)}
	at, err := p.log.Append(ctx, domain.Append{
		Issue:   domain.Issue{ID: p.log.CommandID("key.log-announced", e.Key), Digest: domain.Digest(e), Actor: "system:operator"},
		Changes: []domain.Change{domain.AnnounceLogKey(domain.InstantOf(a.now()), e)},
	})
	if err != nil {
		return err
	}
	if err := seal.WriteKeys(a.keyFile(), keys[0], next); err != nil {
		return err
	}
	if a.json {
		return a.answer(rotateAnswer{Key: e.Key, Previous: e.Previous, Announced: at})
	}
	a.printf("%s", "%s", e.Key)
	a.tell("Đã công bố tại vị trí %d. Hãy khởi động lại tiến trình niêm phong để cả hai khóa cùng ký, báo khóa mới cho người làm chứng và người kiểm tra, rồi: thidua key log retire",
		"Announced at position %d. Start the process that seals again so that both keys sign, tell the witnesses and inspectors of the new key, then: thidua key log retire", at)
	return nil
}

// retireKey refuses as long as the new key has signed nothing: a signer must know its own last head.
func (a *app) retireKey() error {
	keys, err := seal.ReadKeys(a.keyFile())
	if err != nil {
		return err
	}
	if len(keys) != 2 {
		return &failure{domain.Text{VI: "Chỉ có một khóa; hãy tạo khóa mới trước: thidua key log rotate", EN: "There is one key only; make its successor first: thidua key log rotate"}}
	}
	head, err := os.ReadFile(a.headFile())
	if err == nil {
		_, err = seal.ParseCheckpoint(head, keys[1].Verifier())
	}
	if err != nil {
		return &failure{domain.Text{
			VI: "Khóa mới chưa ký mốc niêm phong nào. Hãy khởi động lại “thidua up” hoặc “thidua seal” để cả hai khóa cùng ký, rồi thử lại.",
			EN: "The new key has signed no checkpoint yet. Start “thidua up” or “thidua seal” again so that both keys sign, then try again.",
		}}
	}
	if err := seal.WriteKeys(a.keyFile(), keys[1]); err != nil {
		return err
	}
	if a.json {
		return a.answer(rotateAnswer{Key: keys[1].Public(), Previous: keys[0].Public()})
	}
	a.printf("%s", "%s", keys[1].Public())
	a.tell("Khóa cũ %s không ký nữa kể từ lần khởi động sau của tiến trình niêm phong. Giữ bản công khai của khóa cũ: các mốc trước đây do khóa ấy ký.",
		"The old key %s signs no more from the next start of the process that seals. Keep its public form: earlier checkpoints are signed by it.", keys[0].Public())
	return nil
}

// allVerifiers tell the signatures of keys of the log and of those that they took over from, as the announcements on the log prove: a key that is known has
// signed that it comes after them. A log that can't be read adds none.
func (p *place) allVerifiers(ctx context.Context, keys []seal.Key) []note.Verifier {
	all := verifiersOf(keys)
	events, err := p.log.Stream(ctx, domain.LogStream())
	if err != nil {
		return all
	}
	known := map[string]bool{} // by the whole key: an id is only 32 bits
	for _, k := range keys {
		known[k.Public()] = true
	}
	for _, r := range slices.Backward(events) {
		e, ok := r.Event.(*domain.LogKeyAnnounced)
		if !ok || !known[e.Key] || known[e.Previous] {
			continue
		}
		previous, err := note.NewVerifier(e.Previous)
		if err != nil {
			continue
		}
		if named, err := seal.ReadAnnouncement([]byte(e.Announcement), previous); err == nil && named == e.Key {
			all, known[e.Previous] = append(all, previous), true
		}
	}
	return all
}
