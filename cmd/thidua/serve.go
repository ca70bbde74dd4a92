package main

import (
	"context"
	"fmt"
	"net"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"thidua/domain"
	"thidua/web"
)

// listeners are the addresses of a process that serves.
type listeners struct{ public, admin string }

func (a *app) serveCommand() *cobra.Command {
	var l listeners
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve rankings and status over HTTP, beside workers that run elsewhere",
		Long: "Serve rankings and status over HTTP, over an external NATS and Postgres or those of a running “thidua up”.\n" +
			"The public address answers /api/status, /api/seasons/SEASON/ranking, /api/v1/events (with a token: thidua token add) and, for the sealed log, /log/\n" +
			"(as --log-url says, or from the data directory);\n" +
			"the admin address answers /livez, /readyz and /metrics.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.untilStopped(cmd.Context(), func() error {
				return a.inPlace(cmd.Context(), "serve", func(p *place) error { return a.serve(cmd.Context(), p, l) })
			})
		},
	}
	cmd.Flags().StringVar(&l.public, "listen", "127.0.0.1:8080", "address of what is public")
	adminFlag(cmd, &l.admin, "127.0.0.1:8081")
	a.stopFlag(cmd)
	return cmd
}

// adminFlag adds the address of /livez, /readyz and /metrics. A default of port 0 takes any that is free, so that many processes fit on one machine.
func adminFlag(cmd *cobra.Command, address *string, byDefault string) {
	cmd.Flags().StringVar(address, "admin-listen", byDefault, "address of what only those who run it should reach")
}

// listen opens an address, or says who should be asked about it.
func listen(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, &failure{domain.Text{
			VI: fmt.Sprintf("Không mở được địa chỉ %s: %v. Hãy chọn địa chỉ khác hoặc dừng tiến trình đang giữ nó.", address, err),
			EN: fmt.Sprintf("The address %s can't be opened: %v. Choose another one, or stop who has it.", address, err),
		}}
	}
	return listener, nil
}

func (a *app) serve(ctx context.Context, p *place, l listeners) error {
	if p.private {
		return &failure{domain.Text{
			VI: "“serve” cần NATS_URL và DATABASE_URL, hoặc “thidua up” đang chạy trên thư mục dữ liệu.",
			EN: "“serve” needs NATS_URL and DATABASE_URL, or a “thidua up” that runs on the data directory.",
		}}
	}
	sealed, err := a.sealed(p)
	if err != nil {
		return err
	}
	admin, err := listen(l.admin)
	if err != nil {
		return err
	}
	public, err := listen(l.public)
	if err != nil {
		_ = admin.Close()
		return err
	}
	r := &served{app: a, place: p}
	group, work := errgroup.WithContext(ctx)
	group.Go(func() error { return web.Serve(work, admin, web.Admin(r, a.meters, a.log)) })
	group.Go(func() error { return web.Serve(work, public, web.Public(r, sealed, r.events(work), a.log)) })
	group.Go(func() error { a.watchOn(work, p); return nil })
	group.Go(func() error { return a.queued(work, p) }) // whose figures it tells
	a.tell("Đang phục vụ tại http://%s, quản trị tại http://%s. Dừng bằng Ctrl-C.", "Serving at http://%s, admin at http://%s. Stop with Ctrl-C.", public.Addr(), admin.Addr())
	return group.Wait()
}
