package embedded

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
)

// natsLog hands the server's log on. The server has no other way to say that it could not start than a fatal line, so the first of
// those is kept as well.
type natsLog struct {
	logger *slog.Logger

	mu    sync.Mutex
	cause error
}

func newNATSLog(logger *slog.Logger) *natsLog {
	return &natsLog{logger: orDiscard(logger)}
}

// fatal is why the server could not start or go on, nil where it could.
func (l *natsLog) fatal() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cause
}

// Noticef takes what is worth knowing only when looking for a fault: a server inside a program should be quiet.
func (l *natsLog) Noticef(format string, args ...any) { l.logger.Debug(line(format, args)) }

// Warnf takes a warning.
func (l *natsLog) Warnf(format string, args ...any) { l.logger.Warn(line(format, args)) }

// Errorf takes an error.
func (l *natsLog) Errorf(format string, args ...any) { l.logger.Error(line(format, args)) }

// Debugf takes a line for finding faults.
func (l *natsLog) Debugf(format string, args ...any) { l.logger.Debug(line(format, args)) }

// Tracef takes a line for following the protocol.
func (l *natsLog) Tracef(format string, args ...any) { l.logger.Debug(line(format, args)) }

// Fatalf takes the reason why the server gives up. It does not end the process.
func (l *natsLog) Fatalf(format string, args ...any) {
	text := line(format, args)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cause == nil {
		l.cause = errors.New(text)
	}
	l.logger.Error(text)
}

func line(format string, args []any) string { return "nats: " + fmt.Sprintf(format, args...) }

// orDiscard makes a missing logger one that says nothing.
func orDiscard(logger *slog.Logger) *slog.Logger {
	if logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return logger
}
