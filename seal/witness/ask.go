package witness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"thidua/domain"
	"thidua/seal"
)

// answerLimit is the most bytes that are read of an answer: some signature lines, of which one by ML-DSA has 3.3 kB.
const answerLimit = 64 << 10

// How long a witness that failed is passed over by callers without patience: doubled with each failure, so that one that is gone holds up nobody.
const (
	firstRest   = time.Second
	longestRest = time.Minute
)

// member is one witness.
type member struct {
	witness seal.Witness
	client  *http.Client

	mu     sync.Mutex // held while it is asked: what it is asked in this order it may answer in no other
	size   int64      // of the largest checkpoint that it is known to have cosigned
	asked  int64      // the size of the largest checkpoint that it was asked about: it may have cosigned that without our hearing
	failed int        // how often it failed in a row
	rests  time.Time  // until when it is passed over
}

// rest notes how asking it ended.
func (m *member) rest(now time.Time, err error) {
	if err == nil {
		m.failed, m.rests = 0, time.Time{}
		return
	}
	m.rests = now.Add(min(longestRest, firstRest<<min(m.failed, 10)))
	m.failed++
}

// question is what all witnesses are asked.
type question struct {
	checkpoint seal.Checkpoint
	tree       *seal.Tree
}

// staleError says that a witness last cosigned another size than it was told.
type staleError struct{ size int64 }

func (e *staleError) Error() string {
	return fmt.Sprintf("it has cosigned the log up to size %d", e.size)
}

// cosign gives the signature line of the witness. What it last cosigned is asked of it by claiming something else: it answers with its size, and is
// asked once more from there.
func (m *member) cosign(ctx context.Context, q question) (string, error) {
	line, err := m.ask(ctx, q)
	stale, ok := errors.AsType[*staleError](err)
	if !ok {
		return line, err
	}
	m.size = stale.size
	return m.ask(ctx, q)
}

// ask posts the checkpoint once, with the proof from what the witness is known to have.
func (m *member) ask(ctx context.Context, q question) (string, error) {
	if m.size > q.checkpoint.Size {
		return "", &Alarm{Witness: m.witness.Name, Size: q.checkpoint.Size, Seen: m.size}
	}
	body, err := m.body(q)
	if err != nil {
		return "", err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(m.witness.URL, "/")+"/add-checkpoint", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "text/plain; charset=utf-8")
	response, err := m.client.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, answerLimit))
	if err != nil {
		return "", err
	}
	return m.hear(q, response, answer)
}

// body writes the request: the old size, the proof from it, and the checkpoint. A proof that does not hold is not sent: the fault would be with the
// files here, and the witness would have to call it a fork.
func (m *member) body(q question) ([]byte, error) {
	b := fmt.Appendf(nil, "old %d\n", m.size)
	if m.size > 0 && m.size < q.checkpoint.Size {
		proof, errProof := q.tree.Consistency(m.size)
		old, errRoot := q.tree.RootAt(m.size)
		if err := errors.Join(errProof, errRoot); err != nil {
			return nil, fmt.Errorf("the proof from size %d: %w", m.size, err)
		}
		if tlog.CheckTree(proof, q.checkpoint.Size, q.checkpoint.Root, m.size, old) != nil {
			return nil, fmt.Errorf("the proof from size %d does not hold: the tiles here are not those of the checkpoint", m.size)
		}
		for _, hash := range proof {
			b = append(append(b, hash.String()...), '\n')
		}
	}
	return append(append(b, '\n'), q.checkpoint.Note...), nil
}

// hear reads an answer by its status (C2SP tlog-witness, "add-checkpoint").
func (m *member) hear(q question, response *http.Response, answer []byte) (string, error) {
	switch response.StatusCode {
	case http.StatusOK:
		line, _, err := m.witness.Open(q.checkpoint.Text(), answer)
		if err != nil {
			return "", fmt.Errorf("what it answered is not its cosignature: %w", err)
		}
		m.size = q.checkpoint.Size
		return line, nil
	case http.StatusConflict:
		text, ended := strings.CutSuffix(string(answer), "\n")
		size, err := strconv.ParseInt(text, 10, 64)
		if err != nil || size < 0 || !ended || response.Header.Get("Content-Type") != "text/x.tlog.size" {
			return "", errors.New("it refused the old size without saying its own")
		}
		return "", &staleError{size: size}
	case http.StatusUnprocessableEntity:
		if m.size == 0 {
			return "", errors.New("it refused a first checkpoint, which continues nothing")
		}
		return "", &Alarm{Witness: m.witness.Name, Size: q.checkpoint.Size, Seen: m.size, Fork: true}
	case http.StatusForbidden:
		return "", errors.New("it does not know the log's key (403): register the key with it")
	case http.StatusNotFound:
		return "", errors.New("it does not know the log (404): register the log with it")
	}
	return "", fmt.Errorf("it answered with status %d", response.StatusCode)
}

// Alarm says that a witness holds what the log does not: a larger tree, so that the log was put back to an earlier state, or another tree, so that it was
// forked. Nothing may be sealed until a person has found out why.
type Alarm struct {
	Witness string // its name in the policy
	Size    int64  // of the refused checkpoint
	Seen    int64  // the size that the witness has cosigned
	Fork    bool   // its tree of that size is another
}

func (e *Alarm) Error() string { return e.Text().EN }

// Unwrap says that the log is not what it must be.
func (e *Alarm) Unwrap() error { return domain.ErrCorrupt }

// Text says it in both languages.
func (e *Alarm) Text() domain.Text {
	if e.Fork {
		return domain.Text{
			VI: fmt.Sprintf("SỔ BỊ RẼ NHÁNH: người làm chứng %s đã ký một cây khác ở kích thước %d; mốc niêm phong %d không nối tiếp cây ấy. Việc niêm phong dừng lại; hãy giữ nguyên dữ liệu và xem docs/witnesses.md.",
				e.Witness, e.Seen, e.Size),
			EN: fmt.Sprintf("THE LOG WAS FORKED: the witness %s has cosigned another tree of size %d, which the checkpoint of size %d does not continue. Sealing has stopped; keep the data as it is and see docs/witnesses.md.",
				e.Witness, e.Seen, e.Size),
		}
	}
	return domain.Text{
		VI: fmt.Sprintf("SỔ BỊ LÙI LẠI: người làm chứng %s đã ký kích thước %d, còn sổ ở đây chỉ có %d. Việc niêm phong dừng lại; hãy giữ nguyên dữ liệu và xem docs/witnesses.md.",
			e.Witness, e.Seen, e.Size),
		EN: fmt.Sprintf("THE LOG WAS PUT BACK: the witness %s has cosigned size %d, and the log here has only %d. Sealing has stopped; keep the data as it is and see docs/witnesses.md.",
			e.Witness, e.Seen, e.Size),
	}
}
