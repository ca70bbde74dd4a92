package main

import (
	"context"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"thidua/domain"
	"thidua/internal/embedded"
	"thidua/projections"
	"thidua/workers"
)

func (a *app) upCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "up",
		Short: "Run everything in one process on the data directory: NATS, Postgres, workers",
		Long: "Run everything in one process on the data directory: a private NATS, a private Postgres, and the workers.\n" +
			"Other commands on the same data directory then work with this process. Stop it with Ctrl-C.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.up(cmd.Context()) },
	}
}

func (a *app) up(ctx context.Context) error {
	if a.natsURL != "" {
		return a.work(ctx)
	}
	p := &place{}
	defer p.close()
	if err := a.openDataDir(ctx, p, "up", true); err != nil {
		return err
	}
	if !p.private {
		return &failure{domain.Text{
			VI: "Một máy chủ khác đã chạy trên thư mục dữ liệu " + a.dataDir + ".",
			EN: "Another server is already running on the data directory " + a.dataDir + ".",
		}}
	}
	return a.runWorkers(ctx, p, func() (func(), error) {
		return a.announce(server{PID: os.Getpid(), NATS: p.nats.URL(), Token: p.token, Database: p.pg.DSN("postgres")})
	})
}

func (a *app) workCommand() *cobra.Command {
	return &cobra.Command{
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
			return a.work(cmd.Context())
		},
	}
}

func (a *app) work(ctx context.Context) error {
	p, err := a.open(ctx, "work")
	if err != nil {
		return err
	}
	defer p.close()
	return a.runWorkers(ctx, p, func() (func(), error) { return func() {}, nil })
}

// runWorkers works until it is told to stop. When the read models hold what was on the log at the start, it announces itself.
func (a *app) runWorkers(ctx context.Context, p *place, announce func() (func(), error)) error {
	if p.damage != nil {
		return errTold
	}
	group, work := errgroup.WithContext(ctx)
	group.Go(func() error { return workers.Run(work, a.workersConfig(p)) })
	group.Go(func() error { return a.ready(work, p, announce) })
	group.Go(func() error { return a.sweep(work, p) })
	if p.pg != nil {
		group.Go(func() error { return outlive(work, p.pg) })
	}
	if err := group.Wait(); ctx.Err() == nil {
		return err
	}
	a.tell("Đã dừng.", "Stopped.")
	return nil
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

// ready waits until the read models are current, announces, and stays until ctx ends.
func (a *app) ready(ctx context.Context, p *place, announce func() (func(), error)) error {
	last, err := p.log.Last(ctx)
	if err != nil {
		return err
	}
	if err := outwait(ctx, p, last); err != nil {
		return err
	}
	withdraw, err := announce()
	if err != nil {
		return err
	}
	defer withdraw()
	a.tell("Sẵn sàng: sổ sự kiện ở vị trí %d, dữ liệu tại %s. Dừng bằng Ctrl-C.", "Ready: the log is at position %d, the data in %s. Stop with Ctrl-C.", last, a.dataDir)
	<-ctx.Done()
	return nil
}

// outwait returns when the read models have come to a position. A database that is away for a while is waited for, as the workers do.
func outwait(ctx context.Context, p *place, position domain.Position) error {
	for {
		err := projections.Await(ctx, p.db, p.projections(), position)
		if err == nil || !projections.Passing(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}
