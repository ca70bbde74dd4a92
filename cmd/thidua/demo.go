package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"thidua/bundle"
	"thidua/domain"
	"thidua/examples"
)

// demoSeason is the season that the demo takes in.
const demoSeason = "northern-border-2019"

func (a *app) demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Take in the example season in a temporary data directory, show its ranking, verify the log",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.demo(cmd.Context()) },
	}
}

// demo works in a data directory of its own, which it removes at the end.
func (a *app) demo(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "thidua-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	a.dataDir, a.natsURL, a.databaseURL = dir, "", ""
	papers := filepath.Join(dir, demoSeason)
	if err := os.CopyFS(papers, examples.NorthernBorder2019()); err != nil {
		return err
	}
	if !a.json {
		a.printf("Mùa thi đua mẫu: bảy tỉnh biên giới phía Bắc, năm 2019. Tên người và mọi số liệu chỉ là minh hoạ.\n",
			"The example season: seven northern border provinces, 2019. Names of people and all figures are illustrative.\n")
	}
	return a.inPlace(ctx, "demo", func(p *place) error { return a.show(ctx, p, papers) })
}

// show takes the papers in and answers the two questions that an inspector asks first.
func (a *app) show(ctx context.Context, p *place, papers string) error {
	b, err := bundle.Open(ctx, papers)
	if err != nil {
		return err
	}
	result, err := a.importOne(ctx, p, b, papers, placeOf(0, 1), false)
	if err != nil {
		return err
	}
	if len(result.Errors) > 0 {
		return errNo
	}
	if err := a.current(ctx, p); err != nil {
		return err
	}
	answer, err := a.ranking(ctx, p, demoSeason, moment{})
	if err != nil {
		return err
	}
	a.blank()
	if err := a.writeRanking(answer); err != nil {
		return err
	}
	a.blank()
	if err := a.verify(ctx, p, "", nil); err != nil {
		return err
	}
	a.whatNext()
	return nil
}

func (a *app) blank() {
	if !a.json {
		a.printf("", "")
	}
}

func (a *app) whatNext() {
	if a.json {
		return
	}
	next := domain.Text{
		VI: `
Thử tiếp (dữ liệu của bản trình diễn đã được xoá):
  thidua up &
  thidua import examples/northern-border-2019
  thidua ranking northern-border-2019 --at 2019-10-31T23:59:59+07:00
  thidua explain northern-border-2019 ha-giang A4
  thidua awards northern-border-2019`,
		EN: `
What to try next (the demo's data are removed):
  thidua up &
  thidua import examples/northern-border-2019
  thidua ranking northern-border-2019 --at 2019-10-31T23:59:59+07:00
  thidua explain northern-border-2019 ha-giang A4
  thidua awards northern-border-2019`,
	}
	a.printf("%s", "%s", next.In(a.lang))
}
