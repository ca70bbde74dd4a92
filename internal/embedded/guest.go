package embedded

import (
	"fmt"

	"github.com/nats-io/nats-server/v2/server"
)

// Guest is somebody who comes in by the door. He is in an account of his own, which sees nothing of the server's but a few services, and may ask
// only these.
type Guest struct {
	// Name is that of the account, which nobody else has.
	Name string
	// Key is the public nkey (U…) by whose private half he proves who he is. It is the only credential that a guest has.
	Key string
	// Services are what he may ask of the server's account. A guest of the same name always has the same.
	Services []Service
}

// Service is a subject that somebody in the server's account answers.
type Service struct {
	Subject string
	// Many says that one request can have several answers.
	Many bool
}

// user is the guest as the server knows him. That he may publish to nothing but the services, and subscribe to nothing but his answers, only tells
// him at once what his account has nobody for.
func (g Guest) user(account *server.Account) *server.User {
	var subjects []string
	for _, s := range g.Services {
		subjects = append(subjects, s.Subject)
	}
	return &server.User{Username: g.Name, Account: account, Permissions: &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: subjects},
		Subscribe: &server.SubjectPermission{Allow: []string{"_INBOX.>"}},
	}}
}

// account returns the guest's account, and makes it where he comes for the first time.
//
// It has to be an account, and permissions in the server's own would not do: the server sends the answer to a request wherever the request says, so
// that somebody who may only read could have an event sent to where events are appended. Across accounts an answer goes to who asked.
func (n *NATS) account(g Guest) (*server.Account, error) {
	n.accounts.Lock()
	defer n.accounts.Unlock()
	if known, err := n.server.LookupAccount(g.Name); err == nil {
		return known, nil
	}
	own := n.server.GlobalAccount()
	guest, err := n.server.RegisterAccount(g.Name)
	if err != nil {
		return nil, fmt.Errorf("embedded: account %s: %w", g.Name, err)
	}
	for _, s := range g.Services {
		answers := server.Singleton
		if s.Many {
			answers = server.Streamed
		}
		if err := own.AddServiceExportWithResponse(s.Subject, answers, []*server.Account{guest}); err != nil {
			return nil, fmt.Errorf("embedded: export %s: %w", s.Subject, err)
		}
		if err := guest.AddServiceImport(own, s.Subject, s.Subject); err != nil {
			return nil, fmt.Errorf("embedded: import %s: %w", s.Subject, err)
		}
	}
	return guest, nil
}
