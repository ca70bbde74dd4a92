package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// An inspection draws cells of a season to recount, in two steps that neither side can steer. The inspector first commits to a nonce by its digest
// alone; then the log is sealed, without anybody but the inspector knowing the nonce; only then is the nonce shown and the sample drawn from both
// (package sampling, docs/sampling.md). Rules: a sample has 1 to 500 cells; a nonce serves once and is the one committed to; the checkpoint
// has the commitment in it, for a nonce that was chosen later could be tried until the sample pleases. A finalised season is still inspected.

// SampleLimit is the most cells that one sample has: all of them are in one event.
const SampleLimit = 500

// Inspection is the state of a season's samples.
type Inspection struct {
	Samples []Sample
}

// Sample is one sample, from its commitment on.
type Sample struct {
	SampleCommitted
	Position Position // of the commitment
	Drawn    *SampleDrawn
	DrawnAt  Position // 0 while it is not drawn
}

// SampleCommitted announces a sample: how many cells, and the digest of the nonce that it will be drawn with.
type SampleCommitted struct {
	Size Whole `json:"size"` // how many cells
	// Commitment is the SHA-256, in hex, of the 32 bytes of the nonce.
	Commitment string `json:"commitment"`
	By         string `json:"by,omitempty"` // who draws, a ref
}

// SampleDrawn shows the nonce and says what was drawn.
type SampleDrawn struct {
	// Committed is the position of the commitment.
	Committed Position `json:"committed"`
	// Nonce is 32 bytes in hex.
	Nonce string `json:"nonce"`
	// Checkpoint is the signed note of the first witnessed checkpoint that has the commitment in it, as it was published.
	Checkpoint string `json:"checkpoint"`
	// WitnessedAt is when a quorum of witnesses had cosigned it; not given where the log had no witnesses.
	WitnessedAt Instant      `json:"witnessed_at,omitempty"` //nolint:modernize // an Instant is a text, and the codec omits an empty one
	Cells       []SampleCell `json:"cells"`                  // in the order in which they were drawn
	By          string       `json:"by,omitempty"`           // who drew, a ref
}

// SampleCell is one value to recount.
type SampleCell struct {
	Unit      string `json:"unit"`      // the unit's id
	Period    string `json:"period"`    // the period's id
	Criterion string `json:"criterion"` // the criterion's id
}

// Words is the type's name on the log.
func (*SampleCommitted) Words() string { return "inspection.sample-committed" }

// Words is the type's name on the log.
func (*SampleDrawn) Words() string { return "inspection.sample-drawn" }

// InspectionStream is the stream of a season's samples.
func InspectionStream(season string) Stream {
	return Stream{Aggregate: AggregateInspection, Season: season}
}

func (i *Inspection) evolve(r Recorded) {
	switch e := r.Event.(type) {
	case *SampleCommitted:
		i.Samples = append(i.Samples, Sample{SampleCommitted: *e, Position: r.Position})
	case *SampleDrawn:
		if s := i.Sample(e.Committed); s != nil && s.Drawn == nil {
			s.Drawn, s.DrawnAt = e, r.Position
		}
	}
}

// Sample returns the sample whose commitment is at a position, nil where there is none.
func (i *Inspection) Sample(committed Position) *Sample {
	for n := range i.Samples {
		if i.Samples[n].Position == committed {
			return &i.Samples[n]
		}
	}
	return nil
}

// CommitSample announces a sample.
type CommitSample struct {
	Season string
	At     Instant
	SampleCommitted
}

// Streams are the season's samples and the season.
func (c CommitSample) Streams() []Stream { return inspectionStreams(c.Season) }

// Changes announces the sample.
func (c CommitSample) Changes(*World) []Change {
	return []Change{{Stream: InspectionStream(c.Season), Time: c.At, Event: &c.SampleCommitted}}
}

// DrawSample records what was drawn.
type DrawSample struct {
	Season string
	At     Instant
	SampleDrawn
}

// Streams are the season's samples and the season.
func (c DrawSample) Streams() []Stream { return inspectionStreams(c.Season) }

// Changes records the sample.
func (c DrawSample) Changes(*World) []Change {
	return []Change{{Stream: InspectionStream(c.Season), Time: c.At, Event: &c.SampleDrawn}}
}

func inspectionStreams(season string) []Stream {
	return []Stream{InspectionStream(season), SeasonStream(season)}
}

func (w *World) checkCommitted(e *SampleCommitted) (ps Problems) {
	if n := e.Size.Int(); n < 1 || n > SampleLimit {
		ps = append(ps, problem(RuleSampleSize, "size", "một mẫu có từ 1 đến %d ô, không phải %q", "a sample has 1 to %d cells, not %q", SampleLimit, string(e.Size)))
	}
	if raw, err := hex.DecodeString(e.Commitment); err != nil || len(raw) != sha256.Size || strings.ToLower(e.Commitment) != e.Commitment {
		ps = append(ps, problem(RuleSampleNonce, "commitment", "cam kết phải là SHA-256 viết bằng chữ số thập lục phân", "the commitment is a SHA-256 in hex"))
	}
	same := 0
	for _, s := range w.Inspection.Samples {
		if s.Commitment == e.Commitment {
			same++
		}
	}
	if same > 1 {
		ps = append(ps, problem(RuleDuplicate, "commitment", "chuỗi bí mật này đã dùng cho một mẫu khác; hãy chọn chuỗi mới", "this nonce was used for another sample; choose a new one"))
	}
	return ps
}

func (w *World) checkDrawn(e *SampleDrawn) (ps Problems) {
	s := w.Inspection.Sample(e.Committed)
	if s == nil {
		return Problems{problem(RuleKnown, "committed", "ở vị trí %d không có cam kết lấy mẫu nào", "there is no commitment to a sample at position %d", e.Committed)}
	}
	if s.Drawn != e {
		return Problems{problem(RuleDuplicate, "committed", "mẫu đã cam kết ở vị trí %d đã được rút", "the sample committed to at position %d was drawn already", e.Committed)}
	}
	nonce, err := hex.DecodeString(e.Nonce)
	if sum := sha256.Sum256(nonce); err != nil || len(nonce) != sha256.Size || hex.EncodeToString(sum[:]) != s.Commitment {
		ps = append(ps, problem(RuleSampleNonce, "nonce", "chuỗi bí mật không phải là chuỗi đã cam kết ở vị trí %d", "the nonce is not the one committed to at position %d", e.Committed))
	}
	if size, ok := checkpointSize(e.Checkpoint); !ok || size < e.Committed {
		ps = append(ps, problem(RuleSampleOrder, "checkpoint",
			"mốc niêm phong này chưa có cam kết ở vị trí %d: chuỗi bí mật phải được cam kết trước mốc dùng để rút", "the checkpoint does not have the commitment at position %d in it: a nonce is committed to before the checkpoint that it is drawn with", e.Committed))
	}
	if n := int64(len(e.Cells)); n == 0 || n > s.Size.Int() {
		ps = append(ps, problem(RuleSampleSize, "cells", "mẫu có %d ô, cam kết là %s", "the sample has %d cells, committed to were %s", n, string(s.Size)))
	}
	for i, c := range e.Cells {
		if slices.Contains(e.Cells[:i], c) {
			ps = append(ps, problem(RuleDuplicate, "cells", "ô %s/%s/%s được rút hai lần", "the cell %s/%s/%s is drawn twice", c.Unit, c.Period, c.Criterion))
		}
	}
	return ps
}

// checkpointSize reads how many events a checkpoint's note speaks of: its second line.
func checkpointSize(note string) (Position, bool) {
	lines := strings.SplitN(note, "\n", 3)
	if len(lines) < 3 {
		return 0, false
	}
	size, err := strconv.ParseUint(lines[1], 10, 63)
	return size, err == nil
}
