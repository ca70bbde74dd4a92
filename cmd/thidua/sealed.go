package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"thidua/access"
	"thidua/domain"
	"thidua/internal/embedded"
	"thidua/seal"
	"thidua/web"
	"thidua/workers"
)

// The sealed log lies in the data directory of the process that seals: its files in log/, the key in log.key or where --log-key says, and beside
// the key the last head that it signed.

func (a *app) sealedDir() string { return filepath.Join(a.dataDir, "log") }

func (a *app) keyFile() string {
	if a.logKey != "" {
		return a.logKey
	}
	return filepath.Join(a.dataDir, "log.key")
}

func (a *app) headFile() string { return a.keyFile() + ".head" }

// logKeys reads the keys of the log, and makes one at the first start.
func (a *app) logKeys(origin string) ([]seal.Key, error) {
	keys, err := seal.ReadKeys(a.keyFile())
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	for _, path := range []string{a.headFile(), filepath.Join(a.sealedDir(), "checkpoint")} {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return nil, &failure{domain.Text{
				VI: fmt.Sprintf("Sổ đã được niêm phong (%s), nhưng khóa %s không còn. Hãy khôi phục khóa từ bản sao; nếu đã mất hẳn, xem docs/key.md.", path, a.keyFile()),
				EN: fmt.Sprintf("The log was sealed before (%s), but the key %s is gone. Put it back from a copy; if it is lost, see docs/key.md.", path, a.keyFile()),
			}}
		}
	}
	key, err := seal.NewKey(rand.Reader, origin)
	if err != nil {
		return nil, err
	}
	if err := seal.WriteKeys(a.keyFile(), key); err != nil {
		return nil, err
	}
	a.log.Info("a key for the log was made", "file", a.keyFile(), "public", key.Public())
	return []seal.Key{key}, nil
}

// sealing prepares the sealer of this process, and takes the folder for it alone.
func (a *app) sealing(p *place, command string) (*workers.Sealing, error) {
	keys, err := a.logKeys(p.log.Origin())
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(a.sealedDir(), 0o700); err != nil {
		return nil, fmt.Errorf("sealed log: %w", err)
	}
	lock, err := embedded.Lock(a.sealedDir(), embedded.Holder{PID: os.Getpid(), Command: "thidua " + command, Since: a.now()})
	if held, ok := errors.AsType[*embedded.HeldError](err); ok {
		return nil, holds(held.Dir, held.Holder)
	}
	if err != nil {
		return nil, err
	}
	p.onClose(func() { _ = lock.Close() })
	panel, err := a.witnesses(keys)
	if err != nil {
		return nil, err
	}
	p.sealer = &sealerState{}
	return &workers.Sealing{
		Log: p.log, Folder: a.sealedDir(), Head: a.headFile(), Keys: keys, Witnesses: panel, Logger: a.log, Observe: p.sealer.observe,
	}, nil
}

// sealerState is what the sealer of this process last said.
type sealerState struct {
	mu      sync.Mutex
	trouble error
}

func (s *sealerState) observe(_ seal.Checkpoint, trouble error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble = trouble
}

// unready says what keeps the log from being sealed, nothing where this process does not seal it.
func (s *sealerState) unready() []domain.Text {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.trouble == nil {
		return nil
	}
	return []domain.Text{{
		VI: fmt.Sprintf("Sổ sự kiện không được niêm phong: %v. Việc này được thử lại; các việc khác vẫn tiếp tục.", s.trouble),
		EN: fmt.Sprintf("The log is not being sealed: %v. It is tried again; everything else goes on.", s.trouble),
	}}
}

// sealed is the sealed log as a process can serve it: its own files, those of the process that has the data directory, or another address.
func (a *app) sealed(p *place) (web.Sealed, error) {
	if a.logURL == "" {
		return web.Sealed{Files: os.DirFS(a.sealedDir()), Inspector: a.admits(p, access.Log)}, nil
	}
	u, err := url.Parse(a.logURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return web.Sealed{}, &usageError{domain.Text{
			VI: "--log-url (THIDUA_LOG_URL) là địa chỉ dạng http://máy:cổng/log/", EN: "--log-url (THIDUA_LOG_URL) is an address such as http://host:port/log/",
		}}
	}
	return web.Sealed{Elsewhere: u}, nil
}

// sealStatus is how the sealed log stands, in `status --json`.
type sealStatus struct {
	Size      int64     `json:"size"` // events that the published checkpoint is over
	Root      string    `json:"root"`
	Lag       uint64    `json:"lag"` // events that it does not have
	Published time.Time `json:"published"`
	// Witnessed is how far the witnesses have come, null where there are none.
	Witnessed *witnessStatus `json:"witnessed"`
}

// sealStatus reads the checkpoint that is published in the data directory, nil where there is none.
func (a *app) sealStatus(position domain.Position) (*sealStatus, error) {
	files := os.DirFS(a.sealedDir())
	c, err := seal.ReadCheckpoint(files)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	info, err := fs.Stat(files, "checkpoint")
	if err != nil {
		return nil, err
	}
	witnessed, err := a.witnessed(files)
	if err != nil {
		return nil, err
	}
	size := domain.Position(c.Size)
	return &sealStatus{
		Size: c.Size, Root: c.Root.String(), Lag: position - min(position, size), Published: info.ModTime().UTC(), Witnessed: witnessed,
	}, nil
}

// showSeal tells a line of it. The first letters of the root are for comparing by eye with what somebody has written down.
func (a *app) showSeal(s *sealStatus) {
	if s == nil {
		a.printf("Niêm phong: chưa có trong thư mục dữ liệu này.", "Seal: none in this data directory.")
		return
	}
	a.printf("Niêm phong: %d sự kiện, gốc %.12s…, công bố %v trước, còn chậm %d sự kiện",
		"Seal: %d events, root %.12s…, published %v ago, %d events behind", s.Size, s.Root, a.now().Sub(s.Published).Round(time.Second), s.Lag)
	if s.Witnessed != nil {
		a.printf("Người làm chứng: %d; mốc mới nhất đủ chữ ký: %d sự kiện", "Witnesses: %d; the last witnessed checkpoint is over %d events", s.Witnessed.Witnesses, s.Witnessed.Size)
	}
}
