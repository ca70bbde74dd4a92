package main

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"thidua/domain"
	"thidua/projections"
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
			"The public address answers /api/status and /api/seasons/SEASON/ranking; the admin address answers /livez, /readyz and /metrics.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context(), l) },
	}
	cmd.Flags().StringVar(&l.public, "listen", "127.0.0.1:8080", "address of what is public")
	cmd.Flags().StringVar(&l.admin, "admin-listen", "127.0.0.1:8081", "address of what only those who run it should reach")
	return cmd
}

func (a *app) serve(ctx context.Context, l listeners) error {
	p, err := a.open(ctx, "serve")
	if err != nil {
		return err
	}
	defer p.close()
	if p.private {
		return &failure{domain.Text{
			VI: "“serve” cần NATS_URL và DATABASE_URL, hoặc “thidua up” đang chạy trên thư mục dữ liệu.",
			EN: "“serve” needs NATS_URL and DATABASE_URL, or a “thidua up” that runs on the data directory.",
		}}
	}
	admin, errAdmin := net.Listen("tcp", l.admin)
	public, errPublic := net.Listen("tcp", l.public)
	if err := errors.Join(errAdmin, errPublic); err != nil {
		for _, listener := range []net.Listener{admin, public} {
			if listener != nil {
				_ = listener.Close()
			}
		}
		return err
	}
	r := &served{app: a, place: p}
	group, work := errgroup.WithContext(ctx)
	group.Go(func() error { return web.Serve(work, admin, web.Admin(r, a.log)) })
	group.Go(func() error { return web.Serve(work, public, web.Public(r, a.log)) })
	group.Go(func() error { a.watchOn(work, p); return nil })
	a.tell("Đang phục vụ tại http://%s, quản trị tại http://%s. Dừng bằng Ctrl-C.", "Serving at http://%s, admin at http://%s. Stop with Ctrl-C.", public.Addr(), admin.Addr())
	if err := group.Wait(); err != nil {
		return err
	}
	a.tell("Đã dừng.", "Stopped.")
	return nil
}

// served is the record of a place, for web.
type served struct {
	app   *app
	place *place
}

// Ranking implements web.Record, in the form of `ranking --json`.
func (s *served) Ranking(ctx context.Context, season string) (any, error) {
	return s.app.ranking(ctx, s.place, season, moment{})
}

// Status implements web.Record, in the form of `status --json`.
func (s *served) Status(ctx context.Context) (any, error) { return s.place.status(ctx) }

// readyLag is how many events a projection may be behind while the process counts as ready: what the workers take in about a second.
const readyLag = 10_000

// Unready implements web.Record.
func (s *served) Unready(ctx context.Context) (why []domain.Text) {
	status, err := s.place.status(ctx)
	if err != nil {
		s.app.log.Warn("not ready", "error", err)
		return []domain.Text{{VI: "Không đọc được sổ sự kiện hoặc cơ sở dữ liệu.", EN: "The log or the database can't be read."}}
	}
	if status.Stopped != nil {
		why = append(why, *status.Stopped)
	}
	live := 0
	for _, p := range status.Projections {
		if !p.Live {
			continue
		}
		live++
		if p.Paused != nil {
			why = append(why, pausedText(p.Name, p.Paused.Cause, p.Paused.Reason))
		}
		if p.Lag > readyLag {
			why = append(why, domain.Text{
				VI: fmt.Sprintf("Bảng đọc %s còn chậm %d sự kiện.", p.Name, p.Lag), EN: fmt.Sprintf("Projection %s is %d events behind.", p.Name, p.Lag),
			})
		}
	}
	if live < len(s.place.projections()) {
		why = append(why, domain.Text{VI: "Chưa có đủ các bảng đọc.", EN: "Some read models do not exist yet."})
	}
	return append(why, s.parked(ctx)...)
}

// parked says what is parked: rankings that rest on it are incomplete.
func (s *served) parked(ctx context.Context) (why []domain.Text) {
	counts, err := projections.ParkedCounts(ctx, s.place.db)
	if err != nil {
		s.app.log.Warn("not ready", "error", err)
		return []domain.Text{{VI: "Không đọc được cơ sở dữ liệu.", EN: "The database can't be read."}}
	}
	for _, p := range s.place.projections() {
		if n := counts[p.Name]; n > 0 {
			why = append(why, domain.Text{
				VI: fmt.Sprintf("Bảng đọc %s đã gác lại %d sự kiện.", p.Name, n), EN: fmt.Sprintf("Projection %s has parked %d events.", p.Name, n),
			})
		}
	}
	return why
}

// Figures implements web.Record.
func (s *served) Figures(ctx context.Context) (web.Figures, error) {
	status, errStatus := s.place.status(ctx)
	counts, err := projections.ParkedCounts(ctx, s.place.db)
	if err := errors.Join(errStatus, err); err != nil {
		return web.Figures{}, err
	}
	now := web.Figures{Position: status.Position}
	for _, p := range status.Projections {
		if p.Live {
			now.Projections = append(now.Projections, web.ProjectionFigures{Name: p.Name, Lag: p.Lag, Parked: counts[p.Name]})
		}
	}
	return now, nil
}
