package main

import (
	"context"
	"errors"
	"net"
	"os"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"thidua/access"
	"thidua/domain"
	"thidua/internal/embedded"
	"thidua/projections"
	"thidua/web"
	"thidua/workers"
)

func (a *app) upCommand() *cobra.Command {
	var l listeners
	var d door
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Run everything in one process on the data directory: NATS, Postgres, workers",
		Long: "Run everything in one process on the data directory: a private NATS, a private Postgres, the workers, and the sealed log at /log/.\n" +
			"Other commands on the same data directory then work with this process. Stop it with Ctrl-C.\n" +
			"With --analyst-listen analysts read the events over NATS there, and may do nothing else; “thidua consumer add” lets one in.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.untilStopped(cmd.Context(), func() error { return a.up(cmd.Context(), l, d) })
		},
	}
	cmd.Flags().StringVar(&l.public, "listen", "127.0.0.1:0", "address of what is public; its port is in server.json")
	adminFlag(cmd, &l.admin, "127.0.0.1:0")
	doorFlags(cmd, &d)
	a.stopFlag(cmd)
	return cmd
}

func (a *app) up(ctx context.Context, l listeners, d door) (err error) {
	p := &place{}
	defer p.close()
	if p.door, p.certificate, err = d.open(a); err != nil {
		return err
	}
	if p.door != nil {
		p.onClose(func() { _ = p.door.Close() })
	}
	if a.natsURL != "" {
		return a.work(ctx, l.admin)
	}
	if err := a.openDataDir(ctx, p, "up", true); err != nil {
		return err
	}
	if !p.private {
		return &failure{domain.Text{
			VI: "Một máy chủ khác đã chạy trên thư mục dữ liệu " + a.dataDir + ".",
			EN: "Another server is already running on the data directory " + a.dataDir + ".",
		}}
	}
	return a.runWorkers(ctx, p, l, func() (func(), error) {
		return a.announce(server{
			PID: os.Getpid(), NATS: p.nats.URL(), Token: p.token, Database: p.pg.DSN("postgres"), HTTP: p.public, Admin: p.admin,
			Analysts: p.doorURL(),
		})
	})
}

func (a *app) workCommand() *cobra.Command {
	var admin string
	cmd := &cobra.Command{
		Use:   "work",
		Short: "Run the workers only, over an external NATS and Postgres",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if a.natsURL == "" {
				return &usageError{domain.Text{
					VI: "“work” cần NATS_URL và DATABASE_URL; trên một máy hãy dùng “thidua up”",
					EN: "“work” needs NATS_URL and DATABASE_URL; on one machine use “thidua up”",
				}}
			}
			return a.untilStopped(cmd.Context(), func() error { return a.work(cmd.Context(), admin) })
		},
	}
	adminFlag(cmd, &admin, "127.0.0.1:0")
	a.stopFlag(cmd)
	return cmd
}

func (a *app) work(ctx context.Context, admin string) error {
	return a.inPlace(ctx, "work", func(p *place) error {
		return a.runWorkers(ctx, p, listeners{admin: admin}, func() (func(), error) { return func() {}, nil })
	})
}

// runWorkers works until it is told to stop, and answers at its addresses all the while. Who has a public one seals the log, too. When the read models hold
// what was on the log at the start, it announces itself.
func (a *app) runWorkers(ctx context.Context, p *place, l listeners, announce func() (func(), error)) (err error) {
	if p.damaged() {
		return errTold
	}
	cfg := a.workersConfig(p)
	var public net.Listener
	if l.public != "" {
		if cfg.Sealing, err = a.sealing(p, "up"); err != nil {
			return err
		}
		if public, err = listen(l.public); err != nil {
			return err
		}
		p.public = public.Addr().String()
	}
	if !p.private {
		leases, err := a.openLeases(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = leases.Close() }()
		cfg.Leases = leases
	}
	return a.attended(ctx, p, l.admin, public, func(ctx context.Context) error { return a.carry(ctx, p, cfg, announce) })
}

// attended does something while health and metrics are answered at an address, and at another, where there is a listener, what is public.
func (a *app) attended(ctx context.Context, p *place, admin string, public net.Listener, do func(context.Context) error) error {
	listener, err := listen(admin)
	if err != nil {
		return err
	}
	p.admin = listener.Addr().String()
	r := &served{app: a, place: p}
	group, ctx := errgroup.WithContext(ctx)
	ctx, done := context.WithCancel(ctx)
	group.Go(func() error { return web.Serve(ctx, listener, web.Admin(r, a.meters, a.log)) })
	if public != nil {
		here := web.Sealed{Files: os.DirFS(a.sealedDir()), Inspector: a.admits(p, access.Log)}
		group.Go(func() error { return web.Serve(ctx, public, web.Public(r, here, r.events(ctx), a.log)) })
	}
	group.Go(func() error {
		defer done()
		return do(ctx)
	})
	return group.Wait()
}

// carry carries the log into the read models until it is told to stop. What the log loses meanwhile stops it; others can read on.
func (a *app) carry(ctx context.Context, p *place, cfg workers.Config, announce func() (func(), error)) error {
	group, work := errgroup.WithContext(ctx)
	group.Go(func() error { return workers.Run(work, cfg) })
	group.Go(func() error { return a.ready(work, p, announce) })
	group.Go(func() error { return a.sweep(work, p) })
	group.Go(func() error { return a.goOnErasing(work, p) })
	group.Go(func() error { return a.watch(work, p) })
	group.Go(func() error { return a.scrub(work, p) })
	group.Go(func() error { return a.queued(work, p, a.doTasks(p, cfg.Owner), a.webhooks(p).Wake) })
	group.Go(func() error { return a.tendAnalytics(work, p) })
	if p.pg != nil {
		group.Go(func() error { return outlive(work, p.pg) })
	}
	if p.door != nil {
		group.Go(func() error { return a.receive(work, p) })
	}
	err := group.Wait()
	if errors.Is(err, domain.ErrCorrupt) { // also what the workers met
		p.log.Stop(err)
	}
	if cause := p.log.Stopped(); cause != nil && ctx.Err() == nil && p.nats != nil {
		return a.stayForReaders(ctx, p, cause, announce)
	}
	return err
}

// leaseLimit is how long the database may take to answer who keeps leases: less than a lease holds.
const leaseLimit = 3 * time.Second

// openLeases reaches the external database once more, for what keeps the leases.
func (a *app) openLeases(ctx context.Context) (leases *sqlx.DB, err error) {
	err = a.insistOnDatabase(ctx, func(ctx context.Context) (err error) {
		leases, err = projections.Open(ctx, a.databaseURL, projections.Dial{Name: "thidua leases", Now: a.now, Limit: leaseLimit})
		return err
	})
	return leases, err
}

// outlive fails when a private Postgres ends before the work does.
func outlive(ctx context.Context, pg *embedded.Postgres) error {
	select {
	case <-ctx.Done():
		return nil
	case <-pg.Done():
		return &failure{domain.Text{
			VI: "Postgres riêng đã dừng giữa chừng. Nhật ký của nó nằm trong thư mục dữ liệu (postgres/postgres.log).",
			EN: "The private Postgres has ended under way. Its log is in the data directory (postgres/postgres.log).",
		}}
	}
}

// ready waits until the read models that can go on are current, announces, and stays until ctx ends.
func (a *app) ready(ctx context.Context, p *place, announce func() (func(), error)) error {
	last, err := p.log.Last(ctx)
	if err != nil {
		return err
	}
	var began time.Time
	if p.private {
		if began, err = p.clock(ctx); err != nil {
			return err
		}
	}
	why, err := p.caughtUp(ctx, last, began)
	if err != nil {
		return err
	}
	for _, text := range why {
		a.tell("%s", "%s", text.In(a.lang))
	}
	withdraw, err := announce()
	if err != nil {
		return err
	}
	defer withdraw()
	where := a.dataDir + ", http://" + p.public
	if !p.private {
		where = "NATS, Postgres"
	}
	a.tell("Sẵn sàng: sổ sự kiện ở vị trí %d, dữ liệu tại %s, quản trị tại http://%s. Dừng bằng Ctrl-C.",
		"Ready: the log is at position %d, the data in %s, admin at http://%s. Stop with Ctrl-C.", last, where, p.admin)
	if p.door != nil {
		a.tell("Người phân tích đọc sự kiện qua NATS tại %s.", "Analysts read the events over NATS at %s.", p.doorURL())
	}
	<-ctx.Done()
	return nil
}
