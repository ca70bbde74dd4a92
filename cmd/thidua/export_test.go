package main

import (
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
)

// Run opens run to the tests, which give it its name as a program.
func Run() int { return run() }

// Dial opens dialNATS to the tests.
func Dial(address string, options ...nats.Option) (*nats.Conn, error) {
	return (&app{log: slog.New(slog.DiscardHandler)}).dialNATS(address, options...)
}

// Attentive opens attentive to the tests, which have less patience.
func Attentive(patience time.Duration) []nats.Option { return attentive(patience) }

// KeptBy is where a repair that was begun at a moment leaves what was before.
func KeptBy(begun time.Time) string {
	return (&repairing{app: &app{}, plan: repairPlan{Begun: begun}}).keptFolder()
}
