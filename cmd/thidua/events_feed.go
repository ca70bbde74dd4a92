package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/eventlog"
)

// feedWish is which events are asked for, and in which form.
type feedWish struct {
	since     domain.Position
	atEnd     bool // instead of since
	season    string
	types     []string
	positions bool
	out       string // "-" for the standard output
}

const feedForm = "Every line is the very bytes of the log, in its order. With --position the position and a tab stand before it.\n" +
	"--type is a type's words, such as indicator.reported, for all versions of it, or the type in full; it can be given several times. --season _ is for what is of no season.\n"

func (w *feedWish) flags(cmd *cobra.Command, since string) {
	cmd.Flags().Uint64Var(&w.since, "since", 0, since)
	cmd.Flags().StringVar(&w.season, "season", "", "only events of this season (_: of none)")
	cmd.Flags().StringArrayVar(&w.types, "type", nil, "only events of this type; may be given several times")
	cmd.Flags().BoolVar(&w.positions, "position", false, "write the position and a tab before each event")
}

func (a *app) eventsExportCommand() *cobra.Command {
	w := feedWish{out: "-"}
	cmd := &cobra.Command{
		Use:   "export [FILE]",
		Short: "Write the events that there are, a line each (NDJSON)",
		Long: "Write the events that there are, a line each (NDJSON), to the standard output or into a new file, which is there whole or not at all.\n" + feedForm +
			"At the end it says the position up to which it has looked: --since that position gives what came later, and nothing twice.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				w.out = args[0]
			}
			return a.exportEvents(cmd.Context(), w)
		},
	}
	w.flags(cmd, "only events behind this position, the last that you have")
	return cmd
}

func (a *app) eventsTailCommand() *cobra.Command {
	var w feedWish
	cmd := &cobra.Command{
		Use:   "tail",
		Short: "Write events as they are recorded, a line each (NDJSON), until it is stopped",
		Long: "Write events as they are recorded, a line each (NDJSON), until it is stopped by Ctrl-C: from the end of the log on, or from behind --since.\n" + feedForm +
			"It works beside a running “thidua up”, or over an external NATS and Postgres.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w.atEnd = !cmd.Flags().Changed("since")
			return a.untilStopped(cmd.Context(), func() error { return a.tailEvents(cmd.Context(), w) })
		},
	}
	w.flags(cmd, "from behind this position, the last that you have (default: the end of the log)")
	a.stopFlag(cmd)
	return cmd
}

// overFeed opens the place and the feed that is asked for, and does something with it. Of a log that has lost something nothing is handed on as if it were
// whole.
func (a *app) overFeed(ctx context.Context, command string, w feedWish, do func(*place, opened) error) error {
	wanted, wrong := domain.NewWanted(w.season, w.types)
	if len(wrong) > 0 {
		return &usageError{wrong[0]}
	}
	return a.inPlace(ctx, command, sound(func(p *place) error {
		end, err := p.log.Last(ctx)
		if err == nil && w.since > end {
			err = &failure{beyond(w.since, end)}
		}
		if err != nil {
			return err
		}
		if w.atEnd {
			w.since = end
		}
		feed := p.log.Feed(w.since, wanted)
		defer feed.Close()
		return do(p, opened{w, feed, end})
	}))
}

// opened is the feed of a wish, and where the log ended when it was opened.
type opened struct {
	feedWish
	feed *eventlog.Feed
	end  domain.Position
}

// beyond says that somebody has more of the log than there is.
func beyond(since, end domain.Position) domain.Text {
	return domain.Text{
		VI: fmt.Sprintf("Sổ sự kiện mới đến vị trí %d, chưa đến %d: bạn đã đọc từ một sổ khác, hoặc sổ này đã mất sự kiện. Hãy hỏi đơn vị vận hành trước khi đọc tiếp.", end, since),
		EN: fmt.Sprintf("The log is only at position %d, not at %d: you have read another log, or this one has lost events. Ask who runs the record before you read on.", end, since),
	}
}

// exported is what `events export FILE --json` says.
type exported struct {
	Events   int             `json:"events"`
	Position domain.Position `json:"position"` // up to which the log was looked at
	File     string          `json:"file"`
}

func (a *app) exportEvents(ctx context.Context, w feedWish) error {
	if w.out != "-" && exists(w.out) {
		return &failure{domain.Text{VI: w.out + " đã có; hãy cho một tên tệp mới", EN: w.out + " is there already; name a new file"}}
	}
	return a.overFeed(ctx, "events export", w, func(_ *place, f opened) error { return a.exportFeed(ctx, f) })
}

func (a *app) exportFeed(ctx context.Context, w opened) (err error) {
	done := exported{Position: w.end, File: w.out}
	take := func(to io.Writer) (err error) {
		done.Events, err = copyEvents(ctx, to, w)
		return err
	}
	if w.out == "-" {
		err = take(a.out)
	} else {
		err = writeWhole(w.out, func(f *os.File) error { return take(f) })
	}
	if err != nil {
		return err
	}
	if a.json && w.out != "-" {
		return a.answer(done)
	}
	a.tell("%d sự kiện, sổ đã xem đến vị trí %d. Đọc tiếp: --since %[2]d", "%d events; the log was looked at up to position %d. To go on: --since %[2]d", done.Events, done.Position)
	return nil
}

// copyEvents writes what a feed gives up to where the log ends.
func copyEvents(ctx context.Context, to io.Writer, w opened) (events int, err error) {
	out := bufio.NewWriterSize(to, 1<<16)
	for upTo := w.since; upTo < w.end; {
		var next []domain.Recorded
		if next, upTo, err = w.feed.Next(ctx); err != nil {
			return events, err
		}
		for _, r := range next {
			if r.Position <= w.end {
				w.line(out, r)
				events++
			}
		}
	}
	return events, out.Flush()
}

// line writes an event. What goes wrong is told when the writer is flushed.
func (w *feedWish) line(out *bufio.Writer, r domain.Recorded) {
	if w.positions {
		_, _ = out.Write(append(strconv.AppendUint(out.AvailableBuffer(), r.Position, 10), '\t'))
	}
	_, _ = out.Write(r.Payload)
	_ = out.WriteByte('\n')
}

func (a *app) tailEvents(ctx context.Context, w feedWish) error {
	return a.overFeed(ctx, "events tail", w, func(p *place, f opened) error { return a.tailFeed(ctx, p, f) })
}

func (a *app) tailFeed(ctx context.Context, p *place, w opened) error {
	if p.private {
		return &failure{domain.Text{
			VI: "“events tail” cần “thidua up” đang chạy trên thư mục dữ liệu, hoặc NATS_URL và DATABASE_URL. Những gì đã có: thidua events export.",
			EN: "“events tail” needs a “thidua up” that runs on the data directory, or NATS_URL and DATABASE_URL. For what is there: thidua events export.",
		}}
	}
	a.tell("Đang theo dõi từ sau vị trí %d. Dừng bằng Ctrl-C.", "Following from behind position %d. Stop with Ctrl-C.", w.since)
	upTo, err := followEvents(ctx, a.out, w)
	a.tell("Đã ghi đến vị trí %d. Đọc tiếp: --since %[1]d", "Written up to position %d. To go on: --since %[1]d", upTo)
	return err
}

// followEvents writes what a feed gives until ctx ends, each batch before the next is waited for, and returns the position up to which that is done.
func followEvents(ctx context.Context, to io.Writer, w opened) (written domain.Position, err error) {
	out := bufio.NewWriterSize(to, 1<<16)
	for written = w.since; ; {
		next, upTo, err := w.feed.Next(ctx)
		if err != nil {
			return written, err
		}
		for _, r := range next {
			w.line(out, r)
		}
		if err := out.Flush(); err != nil {
			return written, err
		}
		written = upTo
	}
}
