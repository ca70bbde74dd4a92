package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"thidua/domain"
	"thidua/internal/embedded"
)

// server is what a running `up` leaves in server.json, readable by its own user only, so that other commands work with it.
type server struct {
	PID      int    `json:"pid"`
	NATS     string `json:"nats"`     // loopback
	Token    string `json:"token"`    // random at each start
	Database string `json:"database"` // on its Unix socket
	HTTP     string `json:"http"`     // host and port of what is public: /api/ and /log/
	Admin    string `json:"admin"`    // host and port of /livez, /readyz and /metrics
	Analysts string `json:"analysts"` // URL where analysts come in over NATS, "" where they can't
}

func (a *app) serverFile() string { return filepath.Join(a.dataDir, "server.json") }

// announce leaves server.json, whole or not at all, and returns how to take it back.
func (a *app) announce(s server) (withdraw func(), err error) {
	content, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	temporary := a.serverFile() + ".new"
	if err := os.WriteFile(temporary, content, 0o600); err != nil {
		return nil, err
	}
	if err := os.Rename(temporary, a.serverFile()); err != nil {
		return nil, err
	}
	return func() { _ = os.Remove(a.serverFile()) }, nil
}

// serverPatience is how long a command waits for a server that is starting.
const serverPatience = 20 * time.Second

// awaitServer reads what the holder of the data directory has left. A server that is only starting is waited for; any other holder is named.
func (a *app) awaitServer(ctx context.Context, held *embedded.HeldError) (server, error) {
	ctx, stop := context.WithTimeout(ctx, serverPatience)
	defer stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		s, err := a.readServer()
		if err == nil && s.PID == held.Holder.PID {
			return s, nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return s, err
		}
		if !strings.HasSuffix(held.Holder.Command, " up") {
			return s, holds(a.dataDir, held.Holder)
		}
		select {
		case <-ctx.Done():
			return s, holds(a.dataDir, held.Holder)
		case <-tick.C:
		}
	}
}

func (a *app) readServer() (server, error) {
	var s server
	content, err := os.ReadFile(a.serverFile())
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(content, &s)
}

func holds(dir string, h embedded.Holder) error {
	return &failure{domain.Text{
		VI: fmt.Sprintf("Thư mục dữ liệu %s đang được “%s” (tiến trình %d) sử dụng từ %s. Hãy đợi lệnh đó xong rồi chạy lại.",
			dir, h.Command, h.PID, h.Since.Format(time.DateTime)),
		EN: fmt.Sprintf("The data directory %s is in use by “%s” (process %d) since %s. Wait until it has ended and run this again.",
			dir, h.Command, h.PID, h.Since.Format(time.DateTime)),
	}}
}
