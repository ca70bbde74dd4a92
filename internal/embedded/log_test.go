package embedded_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
)

// journal is a buffer that the goroutines of a server may write while a test reads it.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) read() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// capture is a logger and what it has been told so far, a line each.
func capture(level slog.Level) (*slog.Logger, func() string) {
	j := new(journal)
	return slog.New(slog.NewTextHandler(j, &slog.HandlerOptions{Level: level})), j.read
}

func containsLine(text, part string) bool {
	for line := range strings.Lines(text) {
		if strings.Contains(line, part) {
			return true
		}
	}
	return false
}
