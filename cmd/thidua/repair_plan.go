package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"thidua/domain"
	"thidua/eventlog"
)

// repairPlan is what a repair has found and decided. It is written once the transcript of the new log is complete; from then on nothing is decided
// anew.
type repairPlan struct {
	Begun    time.Time       `json:"begun"`
	OldEpoch string          `json:"old_epoch"`
	Epoch    string          `json:"epoch"`
	Origin   string          `json:"origin"`
	Last     domain.Position `json:"last"`
	Both     uint64          `json:"both"`
	FromLog  uint64          `json:"from_log"`
	FromCopy uint64          `json:"from_audit"`
	FromSeal uint64          `json:"from_seal"`

	Lost        []eventlog.Span     `json:"lost"`
	Unsound     []eventlog.Span     `json:"audit_damaged"`
	Unreadable  []eventlog.Span     `json:"unreadable"`
	Disclosures []domain.Disclosure `json:"disclosures"` // of the gaps' reasons
}

// found takes in what a salvage is made of.
func (p *repairPlan) found(f eventlog.Findings) {
	p.Origin, p.Last, p.Both, p.FromLog, p.FromCopy, p.FromSeal = f.Origin, f.Last, f.Both, f.FromLog, f.FromCopy, f.FromSeal
	p.Lost, p.Unsound, p.Unreadable, p.Disclosures = f.Lost, f.Unsound, f.Unreadable, f.Disclosures
}

// complete reports whether nobody has lost anything before or at a position.
func (p *repairPlan) complete(to domain.Position) bool {
	return len(p.Lost) == 0 || p.Lost[0].From > to
}

func (r *repairing) readPlan() error {
	content, err := os.ReadFile(r.folder("plan.json"))
	if err != nil {
		return err
	}
	return json.Unmarshal(content, &r.plan)
}

func (r *repairing) writePlan() error {
	content, err := json.Marshal(r.plan)
	if err != nil {
		return err
	}
	return writeWhole(r.folder("plan.json"), func(f *os.File) error {
		_, err := f.Write(content)
		return err
	})
}

// writeWhole writes a file durably under its name, or leaves nothing there.
func writeWhole(path string, write func(*os.File) error) (err error) {
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close() // twice is no harm
			_ = os.Remove(path + ".new")
		}
	}()
	if err := write(f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return rename(path+".new", path)
}

// rename gives a file or folder another name, durably.
func rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	for _, path := range []string{from, to} {
		if err := syncFolder(filepath.Dir(path)); err != nil {
			return err
		}
	}
	return nil
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = folder.Close() }()
	return folder.Sync()
}

// spans writes runs of positions, the first of many.
func spans(all []eventlog.Span) string {
	const shown = 10
	var texts []string
	for i, s := range all {
		if i == shown {
			texts = append(texts, fmt.Sprintf("… (%d)", len(all)))
			break
		}
		if s.From == s.To {
			texts = append(texts, fmt.Sprint(s.From))
		} else {
			texts = append(texts, fmt.Sprintf("%d–%d", s.From, s.To))
		}
	}
	return strings.Join(texts, ", ")
}
