package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/projections"
)

func (a *app) repairCommand() *cobra.Command {
	var r repairing
	cmd := &cobra.Command{
		Use:   "repair",
		Short: "Put a damaged log together again from what is left of it and the audit trail, on a stream of a new epoch",
		Long: "Put a damaged log together again from what is left of it and the audit trail, byte by byte, on a stream of a new epoch.\n" +
			"Without --yes it only says what it would do. The old stream is kept in the data directory. Stopped anywhere, it is run again.\n" +
			"Servers and workers must be stopped first.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r.app = a
			return r.run(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&r.yes, "yes", false, "do it")
	cmd.Flags().StringVar(&r.reason, "reason", "", "why events are lost for good, for the gaps that stand in their place")
	return cmd
}

// repairing is a repair under way. What it has found and decided lies in a folder of the data directory, so that another run can go on with it.
type repairing struct {
	app    *app
	place  *place
	yes    bool
	reason string

	salvage *eventlog.Salvage
	epoch   string // of the log that is damaged
	plan    repairPlan
}

func (r *repairing) run(ctx context.Context) error {
	r.app.withoutLog = true
	return r.app.inPlace(ctx, "repair", func(p *place) error {
		r.place = p
		return r.repair(ctx)
	})
}

func (r *repairing) repair(ctx context.Context) (err error) {
	if r.place.nats == nil && r.app.natsURL == "" {
		return &failure{domain.Text{
			VI: "“thidua up” đang chạy trên thư mục dữ liệu. Hãy dừng nó rồi chạy lại.", EN: "“thidua up” is running on the data directory. Stop it and run this again.",
		}}
	}
	if err := r.alone(ctx); err != nil {
		return err
	}
	err = r.readPlan()
	if errors.Is(err, fs.ErrNotExist) {
		var needed bool
		if needed, err = r.examine(ctx); err == nil && !needed {
			return nil
		}
	} else if err == nil {
		r.app.printf("Tiếp tục lần sửa trước, bắt đầu lúc %s.", "Going on with the repair that was begun at %s.", r.plan.Begun.Format(time.RFC3339))
	}
	if err != nil {
		return err
	}
	r.announce()
	if !r.yes {
		r.app.printf("Chưa làm gì cả. Để thực hiện: thidua repair --yes", "Nothing was done. To do it: thidua repair --yes")
		return nil
	}
	return r.carryOut(ctx)
}

// alone judges that no worker is alive. On a private server none can be.
func (r *repairing) alone(ctx context.Context) error {
	if r.place.nats != nil {
		return nil
	}
	n, err := projections.WorkersAlive(ctx, r.place.db)
	if err != nil || n == 0 {
		return err
	}
	return &failure{domain.Text{
		VI: fmt.Sprintf("Còn %d tiến trình “thidua work” đang chạy. Hãy dừng hết rồi chạy lại.", n), EN: fmt.Sprintf("%d “thidua work” processes are running. Stop them all and run this again.", n),
	}}
}

// examine looks at what is left, and reports whether anything is to be repaired.
func (r *repairing) examine(ctx context.Context) (needed bool, err error) {
	if err := r.prepare(ctx); err != nil {
		return false, err
	}
	found, err := r.salvage.Run(ctx, func(eventlog.Line) error { return nil })
	if err != nil {
		return false, r.refused(err)
	}
	r.plan.Begun = r.app.now()
	r.plan.found(found)
	if found.Last == 0 {
		r.app.printf("Sổ sự kiện và nhật ký kiểm toán đều trống: không có gì để sửa.", "The log and the audit trail are both empty: there is nothing to repair.")
		return false, nil
	}
	if found.FromCopy > 0 || found.FromSeal > 0 || len(found.Lost) > 0 {
		return true, nil
	}
	if err := r.sound(ctx); err != nil {
		r.app.printf("%v", "%v", err)
		return true, nil
	}
	if len(found.Unsound) > 0 {
		r.app.printf("Sổ sự kiện nguyên vẹn; nhật ký kiểm toán bị hỏng (%s). Hãy chạy: thidua rebuild audit", "The log is whole; the audit trail is damaged (%s). Run: thidua rebuild audit", spans(found.Unsound))
		return false, nil
	}
	r.app.printf("Sổ sự kiện nguyên vẹn đến vị trí %d: không có gì để sửa.", "The log is whole up to position %d: there is nothing to repair.", found.Last)
	return false, nil
}

// prepare finds what is left of the log, and how far it is known to have come.
func (r *repairing) prepare(ctx context.Context) (err error) {
	r.salvage, err = eventlog.NewSalvage(ctx, r.place.nc, r.app.logConfig(), auditCopy{r.place})
	if err != nil {
		return err
	}
	checkpoints, err := projections.Checkpoints(ctx, r.place.db)
	if err != nil {
		return err
	}
	audited := false
	for _, c := range checkpoints {
		if !c.Live || c.Position == 0 {
			continue
		}
		if r.epoch != "" && r.epoch != c.Epoch {
			return foreignLog(c.Epoch, r.epoch)
		}
		r.epoch, audited = c.Epoch, audited || c.Name == "audit"
		r.salvage.End = max(r.salvage.End, c.Position)
	}
	remains := r.salvage.Remains
	if !audited {
		r.salvage.Copy = auditCopy{}
	}
	if r.epoch == "" {
		r.epoch = remains.Epoch
	}
	if remains.Last > 0 && remains.Epoch != r.epoch {
		return foreignLog(r.epoch, remains.Epoch)
	}
	sealed, err := r.readSealed(ctx)
	if err != nil {
		return err
	}
	if sealed != nil {
		r.salvage.Sealed, r.salvage.End = sealed, max(r.salvage.End, domain.Position(len(sealed.leaves)))
	}
	r.salvage.Reason, r.salvage.Tell = r.reason, r.app.progress("Đang đọc", "Reading")
	return nil
}

// sound judges the stream as every command does that opens it.
func (r *repairing) sound(ctx context.Context) error {
	if !r.salvage.Remains.Found {
		return &failure{domain.Text{VI: "Không còn luồng sự kiện trên máy chủ.", EN: "The stream is gone from the server."}}
	}
	l, err := r.app.openLog(ctx, r.place.nc, r.app.logConfig())
	if err != nil {
		return err
	}
	marks, err := r.place.marks(ctx)
	for _, mark := range marks {
		err = errors.Join(err, r.app.insist(ctx, r.place.nc, func(ctx context.Context) error { return l.Attest(ctx, mark) }))
	}
	return errors.Join(err, l.Close())
}

// announce says what was found and every step that follows.
func (r *repairing) announce() {
	p, a := r.plan, r.app
	a.printf("Sổ %s, %d vị trí: %d có ở cả hai nơi và giống nhau, %d chỉ còn trên luồng sự kiện, %d chỉ còn trong nhật ký kiểm toán.",
		"The log %s, %d positions: %d are in both places and equal, %d only on the stream, %d only in the audit trail.", p.Origin, p.Last, p.Both, p.FromLog, p.FromCopy)
	if p.FromSeal > 0 {
		a.printf("%d chỉ còn trong sổ niêm phong.", "%d only in the sealed log.", p.FromSeal)
	}
	if len(p.Lost) > 0 {
		a.printf("Không nơi nào còn: %s. Mỗi vị trí ấy sẽ là một log.gap; mùa thi đua liên quan không thể chốt xếp hạng. Phải nêu lý do: --reason",
			"Nobody has %s. Each of these positions becomes a log.gap; the seasons concerned can never be finalised. A reason must be given: --reason", spans(p.Lost))
	}
	if len(p.Unsound) > 0 {
		a.printf("Nhật ký kiểm toán bị hỏng tại %s và sẽ được dựng lại.", "The audit trail is damaged at %s, and will be built anew.", spans(p.Unsound))
	}
	if len(p.Unreadable) > 0 {
		a.printf("Không phải là sự kiện, được giữ nguyên: %s.", "No events, kept as they are: %s.", spans(p.Unreadable))
	}
	a.printf("Các bước:", "The steps:")
	for i, step := range r.steps() {
		a.printf("  %d. %s", "  %d. %s", i+1, step.says.In(a.lang))
	}
}

// refused says that what is left contradicts itself.
func (r *repairing) refused(err error) error {
	if !errors.Is(err, domain.ErrCorrupt) {
		return err
	}
	return &failure{domain.Text{
		VI: fmt.Sprintf("Không sửa: những gì còn lại mâu thuẫn với nhau, nên không ai biết đâu là đúng: %v. Hãy giữ nguyên mọi thứ và khôi phục từ bản sao lưu (thidua restore).", err),
		EN: fmt.Sprintf("Not repaired: what is left contradicts itself, so nobody can tell what is true: %v. Leave everything as it is, and restore a backup (thidua restore).", err),
	}}
}

func foreignLog(wanted, found string) error {
	return &failure{domain.Text{
		VI: fmt.Sprintf("Sổ sự kiện này thuộc kỷ nguyên %s, cơ sở dữ liệu đọc từ kỷ nguyên %s: đây là sổ khác. Hãy nối đúng sổ.", found, wanted),
		EN: fmt.Sprintf("This log is of epoch %s, and the database was read from epoch %s: it is another log. Connect the one that belongs to the database.", found, wanted),
	}}
}

// auditCopy is the audit trail as a second record of the log. The zero value is of a database that has none.
type auditCopy struct{ place *place }

// Entries implements eventlog.Copy.
func (c auditCopy) Entries(ctx context.Context, from, to domain.Position) ([]eventlog.Entry, error) {
	if c.place == nil {
		return nil, nil
	}
	rows, err := projections.AuditRows(ctx, c.place.db, from, to)
	entries := make([]eventlog.Entry, 0, len(rows))
	for _, row := range rows {
		stream, unnamed := domain.ParseStream(row.Subject)
		if unnamed != nil {
			row.SHA256 = nil // so it is not sound
		}
		entries = append(entries, eventlog.Entry{Position: row.Position, ID: row.ID, Stream: stream, Payload: row.Payload, SHA256: row.SHA256})
	}
	return entries, err
}

// folder is where the repair keeps what it works on; keptFolder what it becomes in the end.
func (r *repairing) folder(parts ...string) string {
	return filepath.Join(append([]string{r.app.dataDir, "repair"}, parts...)...)
}

func (r *repairing) keptFolder() string {
	return filepath.Join(r.app.dataDir, "before-repair-"+r.plan.Begun.UTC().Format("20060102T150405.000Z")) // one repair can follow another within a second
}

// streamFolder is where a private server keeps the log's stream, below its own folder.
var streamFolder = filepath.Join("jetstream", "$G", "streams", eventlog.StreamName)

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
