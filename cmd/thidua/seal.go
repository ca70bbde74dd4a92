package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"thidua/domain"
	"thidua/workers"
)

func (a *app) sealCommand() *cobra.Command {
	var l listeners
	cmd := &cobra.Command{
		Use:   "seal",
		Short: "Seal the log of an external NATS, and serve it at /log/",
		Long: "Seal the log of an external NATS: keep its Merkle tree and its key in the data directory, publish signed checkpoints, and serve them at /log/.\n" +
			"One process of an installation does it; “thidua up” on a data directory of its own does it itself. The others find it by --log-url.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if a.natsURL == "" {
				return &usageError{domain.Text{
					VI: "“seal” cần NATS_URL và DATABASE_URL; trên một máy “thidua up” tự niêm phong",
					EN: "“seal” needs NATS_URL and DATABASE_URL; on one machine “thidua up” seals by itself",
				}}
			}
			return a.untilStopped(cmd.Context(), func() error {
				return a.inPlace(cmd.Context(), "seal", sound(func(p *place) error { return a.seal(cmd.Context(), p, l) }))
			})
		},
	}
	cmd.Flags().StringVar(&l.public, "listen", "127.0.0.1:8082", "address of what is public")
	adminFlag(cmd, &l.admin, "127.0.0.1:0")
	a.stopFlag(cmd)
	return cmd
}

// seal seals until it is told to stop, and serves what it has sealed.
func (a *app) seal(ctx context.Context, p *place, l listeners) error {
	cfg, err := a.sealing(p, "seal")
	if err != nil {
		return err
	}
	public, err := listen(l.public)
	if err != nil {
		return err
	}
	p.public = public.Addr().String()
	return a.attended(ctx, p, l.admin, public, func(ctx context.Context) error {
		group, work := errgroup.WithContext(ctx)
		group.Go(func() error { return workers.Seal(work, *cfg) })
		group.Go(func() error { return a.watch(work, p) })
		group.Go(func() error { return a.queued(work, p, a.doTasks(p, processName())) })
		a.tell("Đang niêm phong, phục vụ tại http://%s/log/, quản trị tại http://%s. Dừng bằng Ctrl-C.",
			"Sealing, serving at http://%s/log/, admin at http://%s. Stop with Ctrl-C.", p.public, p.admin)
		err := group.Wait()
		if errors.Is(err, domain.ErrCorrupt) {
			p.log.Stop(err)
		}
		return err
	})
}
