package projections

import (
	"context"
	"sync"

	"github.com/jmoiron/sqlx"
)

// Prepared reads from a database by statements that each of its connections prepares once. Where the same is asked many times a second, the server would
// else take longer to plan the answers than to give them.
type Prepared struct {
	db    *sqlx.DB
	turns chan struct{} // of those who are asking

	mu         sync.Mutex            // guards what follows
	statements map[string]*sqlx.Stmt // by their texts: as many as there are in the code that asks
}

// Prepare makes a Prepared of a database. Its statements end with the database's connections.
func Prepare(db *sqlx.DB) *Prepared {
	return &Prepared{db: db, turns: make(chan struct{}, askingAtOnce), statements: map[string]*sqlx.Stmt{}}
}

// askingAtOnce is how many ask at the same time. Others wait for a connection that knows the statements, rather than begin another that has to learn them.
const askingAtOnce = 4

// GetContext implements Querier.
func (p *Prepared) GetContext(ctx context.Context, dest any, query string, args ...any) error {
	return p.ask(ctx, query, func(s *sqlx.Stmt) error { return s.GetContext(ctx, dest, args...) })
}

// SelectContext implements Querier.
func (p *Prepared) SelectContext(ctx context.Context, dest any, query string, args ...any) error {
	return p.ask(ctx, query, func(s *sqlx.Stmt) error { return s.SelectContext(ctx, dest, args...) })
}

func (p *Prepared) ask(ctx context.Context, query string, read func(*sqlx.Stmt) error) error {
	select {
	case p.turns <- struct{}{}:
		defer func() { <-p.turns }()
	case <-ctx.Done():
		return ctx.Err()
	}
	s, err := p.statement(ctx, query)
	if err != nil {
		return err
	}
	return read(s)
}

// statement finds a statement or makes it. Two who make the same at once keep the first one's.
func (p *Prepared) statement(ctx context.Context, query string) (*sqlx.Stmt, error) {
	p.mu.Lock()
	s := p.statements[query]
	p.mu.Unlock()
	if s != nil {
		return s, nil
	}
	made, err := p.db.PreparexContext(ctx, query)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if s = p.statements[query]; s != nil {
		defer func() { _ = made.Close() }() // nobody knows of it
		return s, nil
	}
	p.statements[query] = made
	return made, nil
}
