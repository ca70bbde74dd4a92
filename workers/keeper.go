package workers

import (
	"context"
	"sync"
	"time"

	"thidua/projections"
)

// keeper keeps the leases of a process: it renews them, takes its share of those that are free, and gives up what is more than its share. It
// never waits for a batch, so a lease lasts as long as the process does anything at all.
type keeper struct {
	cfg    Config
	source *feed
	leased map[string]projections.Projection // what there is to do, by the name of its lease
	unable map[string]bool                   // what this version can't do
	held   map[string]*tenure
	hard   context.Context // of all work; outlasts the asking to stop
	fail   context.CancelCauseFunc
	ended  chan *tenure
	work   sync.WaitGroup
}

func newKeeper(ctx context.Context, cfg Config, source *feed, fail context.CancelCauseFunc) *keeper {
	k := &keeper{
		cfg: cfg, source: source, hard: context.WithoutCancel(ctx), fail: fail,
		leased: map[string]projections.Projection{}, unable: map[string]bool{}, held: map[string]*tenure{},
		ended: make(chan *tenure, len(cfg.Projections)),
	}
	for _, p := range cfg.Projections {
		k.leased[p.Schema()] = p
	}
	return k
}

// run goes on until ctx ends and then gives everything back. It fails only at the beginning, where the database will never do.
func (k *keeper) run(ctx context.Context) error {
	defer k.leave()
	tick := time.NewTicker(k.cfg.Term / renewals)
	defer tick.Stop()
	for first := true; ctx.Err() == nil; {
		err := k.round(ctx)
		if err != nil && first && ctx.Err() == nil && !projections.Passing(err) {
			return err
		}
		if err != nil && ctx.Err() == nil {
			k.cfg.Logger.Warn("the leases could not be kept; they are tried again", "error", err)
		}
		first = first && err != nil
		select {
		case <-ctx.Done():
		case <-tick.C:
		case t := <-k.ended:
			delete(k.held, t.lease.Name)
			k.unable[t.lease.Name] = t.unable
		}
	}
	return nil
}

// leave stops all work, at the end of the batches under way, and takes the process off the list.
func (k *keeper) leave() {
	for _, t := range k.held {
		t.stop()
	}
	k.work.Wait()
	ctx, stop := context.WithTimeout(k.hard, farewell)
	defer stop()
	if err := projections.Leave(ctx, k.cfg.Leases, k.cfg.Owner); err != nil {
		k.cfg.Logger.Warn("a worker could not say that it leaves; it is found out", "error", err)
	}
}

// farewell is how long the last words to the database may take.
const farewell = 3 * time.Second

func (k *keeper) worker() projections.Worker {
	w := projections.Worker{Owner: k.cfg.Owner, Term: k.cfg.Term, Able: []string{}}
	for name := range k.leased {
		if !k.unable[name] {
			w.Able = append(w.Able, name)
		}
	}
	return w
}

// round says that the process lives, and brings what it holds nearer to the plan.
func (k *keeper) round(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, k.cfg.Term)
	defer stop()
	me := k.worker()
	if err := projections.Enlist(ctx, k.cfg.Leases, me); err != nil {
		return err
	}
	if err := k.renew(ctx, me); err != nil {
		return err
	}
	b, err := k.board(ctx)
	if err != nil {
		return err
	}
	var wanted []string
	for name, owner := range b.plan() {
		t := k.held[name]
		switch {
		case owner == me.Owner && t == nil:
			wanted = append(wanted, name)
		case owner != me.Owner && t != nil:
			t.stop()
		}
	}
	acquired, err := projections.Acquire(ctx, k.cfg.Leases, me, wanted, k.cfg.Alone)
	for _, lease := range acquired {
		k.begin(lease)
	}
	return err
}

// renew renews the leases, and ends at once the work on those that another has taken.
func (k *keeper) renew(ctx context.Context, me projections.Worker) error {
	fences, err := projections.Renew(ctx, k.cfg.Leases, me)
	if err != nil {
		return err
	}
	for name, t := range k.held {
		if fences[name] != t.lease.Fence {
			t.abort()
		}
	}
	return nil
}

// board reads who works on what. What this process has without knowing counts as free: it comes from a trouble that is over.
func (k *keeper) board(ctx context.Context) (board, error) {
	tenures, err := projections.Tenures(ctx, k.cfg.Leases)
	if err != nil {
		return board{}, err
	}
	workers, err := projections.Workers(ctx, k.cfg.Leases)
	if err != nil {
		return board{}, err
	}
	b := board{workers: workers, owners: map[string]string{}}
	for _, t := range tenures {
		b.owners[t.Name] = t.Owner
	}
	if k.cfg.Alone {
		b = board{workers: []projections.Worker{k.worker()}, owners: map[string]string{}}
	}
	for name, owner := range b.owners {
		if owner == k.cfg.Owner && k.held[name] == nil {
			b.owners[name] = ""
		}
	}
	for name := range k.held {
		b.owners[name] = k.cfg.Owner
	}
	return b, nil
}

// begin lets a lease's work begin.
func (k *keeper) begin(lease projections.Lease) {
	t := newTenure(k.hard, k.cfg, k.source, k.leased[lease.Name], lease, k.fail)
	k.held[lease.Name] = t
	k.work.Go(func() {
		t.run()
		k.ended <- t
	})
}
