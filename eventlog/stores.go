package eventlog

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go"

	"thidua/domain"
)

// OpenStores opens the two stores beside the stream, and makes them where there are none, without looking at the stream. The log can be asked for
// disclosures and evidence only; it runs nothing and needs no Close.
func OpenStores(ctx context.Context, nc *nats.Conn, cfg Config) (*Log, error) {
	l, err := bare(nc, cfg)
	if err != nil {
		return nil, err
	}
	for _, prepare := range []func(context.Context) error{l.openDisclosures, l.openEvidence} {
		if err := prepare(ctx); err != nil {
			return nil, fmt.Errorf("eventlog: open stores: %w", err)
		}
	}
	return l, nil
}

// Deposit stores disclosures durably, of events that come to stand on the log by another way than Append.
func (l *Log) Deposit(ctx context.Context, all []domain.Disclosure) error {
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Timeout)
	defer cancel()
	return l.storeDisclosures(ctx, all)
}
