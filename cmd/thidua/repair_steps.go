package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/projections"
)

// step is one step of a repair. Each finds out by itself whether it was done already.
type step struct {
	says domain.Text
	do   func(context.Context) error
}

// steps lists the steps of a repair, in order.
func (r *repairing) steps() []step {
	kept := r.keptFolder()
	return []step{
		{domain.Text{
			VI: "ghép sổ mới thành tệp " + r.folder(transcriptName) + " và kiểm tra từng byte",
			EN: "put the new log together as the file " + r.folder(transcriptName) + " and prove every byte",
		}, r.transcribe},
		{domain.Text{VI: "cất luồng sự kiện cũ vào " + kept, EN: "keep the old stream in " + kept}, r.keep},
		{domain.Text{
			VI: fmt.Sprintf("ghi %d sự kiện lên luồng mới, thuộc kỷ nguyên mới", r.plan.Last), EN: fmt.Sprintf("write %d events to a new stream, of a new epoch", r.plan.Last),
		}, r.refill},
		{domain.Text{VI: "so sánh luồng mới với tệp, từng byte, rồi đưa vào dùng", EN: "compare the new stream with the file, byte by byte, and let it be the log"}, r.finish},
		{domain.Text{
			VI: "chuyển các bảng đọc còn khớp sang kỷ nguyên mới, bỏ các bảng khác để dựng lại", EN: "move the read models that match over to the new epoch, and remove the others, to be made anew",
		}, r.rebase},
	}
}

// carryOut does the steps.
func (r *repairing) carryOut(ctx context.Context) error {
	if len(r.plan.Lost) > 0 && r.reason == "" && r.plan.Epoch == "" {
		return &usageError{domain.Text{VI: "Có sự kiện đã mất hẳn: hãy nêu lý do bằng --reason", EN: "Events are lost for good: give the reason with --reason"}}
	}
	for i, s := range r.steps() {
		r.app.tell("%d. %s", "%d. %s", i+1, s.says.In(r.app.lang))
		if err := s.do(ctx); err != nil {
			return err
		}
	}
	r.plan.Disclosures = nil // they are in their store, from which they can be erased
	if err := r.writePlan(); err != nil {
		return err
	}
	if err := rename(r.folder(), r.keptFolder()); err != nil {
		return err
	}
	r.app.printf("Đã sửa: sổ sự kiện ở vị trí %d, kỷ nguyên %s. Bản cũ ở %s. Hãy kiểm tra: thidua verify",
		"Repaired: the log is at position %d, epoch %s. What was before is in %s. Now check it: thidua verify", r.plan.Last, r.plan.Epoch, r.keptFolder())
	return nil
}

const transcriptName = "log.events"

// transcribe writes the new log to a file, and then the plan, which says that the file is complete.
func (r *repairing) transcribe(ctx context.Context) (err error) {
	if r.plan.Epoch != "" {
		return nil
	}
	if err := os.MkdirAll(r.folder(), 0o700); err != nil {
		return err
	}
	err = writeWhole(r.folder(transcriptName), func(f *os.File) error {
		w := eventlog.NewTranscriptWriter(f)
		found, err := r.salvage.Run(ctx, w.Write)
		r.plan.found(found)
		return errors.Join(err, w.Flush())
	})
	if err != nil {
		return r.refused(err)
	}
	r.plan.OldEpoch = r.epoch
	if r.plan.Epoch, err = eventlog.NewEpoch(rand.Reader); err != nil {
		return err
	}
	return r.writePlan()
}

// keep puts the old stream aside: the very files where the server is a private one, what can be read of it where it is not.
func (r *repairing) keep(ctx context.Context) error {
	remains, err := eventlog.FindRemains(ctx, r.place.nc, r.app.logConfig())
	if err != nil {
		return err
	}
	if remains.Found && remains.Epoch == r.plan.Epoch {
		return nil
	}
	if r.place.nats != nil {
		return r.keepFiles(ctx)
	}
	if !remains.Found {
		return nil
	}
	old := r.folder("old-" + remains.Epoch + ".events")
	err = writeWhole(old, func(f *os.File) error {
		_, err := remains.Transcribe(ctx, f)
		return err
	})
	if err != nil {
		return err
	}
	return eventlog.RemoveStream(ctx, r.place.nc)
}

// keepFiles moves the stream's folder out of the server's while that is stopped. Nothing is copied, and nothing can be half done. Also a folder out
// of which the server could make no stream is moved.
func (r *repairing) keepFiles(ctx context.Context) error {
	r.place.nc.Close()
	r.place.nats.Stop()
	from, to := filepath.Join(r.app.natsDir(), streamFolder), r.folder("nats", streamFolder)
	for i := 2; exists(to) && exists(from); i++ { // another command has made an empty stream in between
		to = r.folder(fmt.Sprintf("nats-%d", i), streamFolder)
	}
	if exists(from) {
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return err
		}
		if err := rename(from, to); err != nil {
			return err
		}
	}
	server, err := r.app.startNATS(ctx, r.place, false)
	if err != nil {
		return err
	}
	r.place.nats = server
	r.place.onClose(server.Stop)
	if r.place.nc, err = server.Connect(); err != nil {
		return err
	}
	r.place.onClose(r.place.nc.Close)
	return nil
}

// lines begins the transcript.
func (r *repairing) lines() (next func() (eventlog.Line, error), end func(), err error) {
	f, err := os.Open(r.folder(transcriptName))
	if err != nil {
		return nil, nil, err
	}
	return eventlog.NewTranscriptReader(f).Next, func() { _ = f.Close() }, nil
}

func (r *repairing) refill(ctx context.Context) error {
	stores, err := r.app.openStores(ctx, r.place.nc)
	if err != nil {
		return err
	}
	if err := stores.Deposit(ctx, r.plan.Disclosures); err != nil {
		return err
	}
	next, end, err := r.lines()
	if err != nil {
		return err
	}
	defer end()
	f := eventlog.Filling{Epoch: r.plan.Epoch, Origin: r.plan.Origin, Last: r.plan.Last}
	return eventlog.Refill(ctx, r.place.nc, r.app.logConfig(), f, next, r.app.progress("Đang ghi", "Writing"))
}

func (r *repairing) finish(ctx context.Context) error {
	next, end, err := r.lines()
	if err != nil {
		return err
	}
	defer end()
	show := r.app.progress("Đang so sánh", "Comparing")
	if err := eventlog.Compare(ctx, r.place.nc, r.app.logConfig(), next, func(done domain.Position) { show(done, r.plan.Last) }); err != nil {
		return err
	}
	return eventlog.Finish(ctx, r.place.nc, r.app.logConfig())
}

// rebase keeps the read models of which it is proved that they hold what a replay of the new log would give: they were made from the old log, no
// position up to theirs is lost, and the event at their checkpoint is the same.
func (r *repairing) rebase(ctx context.Context) error {
	log, err := eventlog.FindRemains(ctx, r.place.nc, r.app.logConfig())
	if err != nil {
		return err
	}
	removed, err := projections.Rebase(ctx, r.place.db, r.plan.Epoch, func(c projections.Checkpoint) (bool, error) {
		if c.Position == 0 || c.Epoch == r.plan.Epoch {
			return true, nil
		}
		if c.Epoch != r.plan.OldEpoch || !r.plan.complete(c.Position) || c.Name == "audit" && len(r.plan.Unsound) > 0 {
			return false, nil
		}
		event, err := log.At(ctx, c.Position)
		if errors.Is(err, domain.ErrNotFound) {
			return false, nil
		}
		return event.ID == c.EventID, err
	})
	for _, name := range removed {
		r.app.tell("   %s sẽ được dựng lại", "   %s will be made anew", name)
	}
	return err
}
