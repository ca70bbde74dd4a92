package eventlog

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"thidua/domain"
)

// Line is one message of the log as it lies: its exact bytes and the subject that they lie under.
type Line struct {
	Position domain.Position
	Subject  string
	Payload  []byte
}

// A transcript is the log as a file: for each position in order a header of position, length in bytes, SHA-256 in hex and subject, with a space
// between and a newline behind, then the exact bytes, then a newline.

// TranscriptWriter writes a transcript. Flush it at the end.
type TranscriptWriter struct {
	w    *bufio.Writer
	last domain.Position
}

// NewTranscriptWriter begins a transcript.
func NewTranscriptWriter(w io.Writer) *TranscriptWriter {
	return &TranscriptWriter{w: bufio.NewWriterSize(w, 1<<16)}
}

// Write adds the line of the next position.
func (t *TranscriptWriter) Write(l Line) error {
	if l.Position != t.last+1 {
		return missing(t.last+1, l.Position-1)
	}
	t.last = l.Position
	_, err := fmt.Fprintf(t.w, "%d %d %x %s\n", l.Position, len(l.Payload), sha256.Sum256(l.Payload), l.Subject)
	if err == nil {
		_, err = t.w.Write(l.Payload)
	}
	if err == nil {
		err = t.w.WriteByte('\n')
	}
	return err
}

// Flush writes what is still in memory.
func (t *TranscriptWriter) Flush() error { return t.w.Flush() }

// Last is the position of the last line.
func (t *TranscriptWriter) Last() domain.Position { return t.last }

// TranscriptReader reads a transcript and proves each line: its place and its digest.
type TranscriptReader struct {
	r    *bufio.Reader
	last domain.Position
}

// NewTranscriptReader begins to read a transcript.
func NewTranscriptReader(r io.Reader) *TranscriptReader {
	return &TranscriptReader{r: bufio.NewReaderSize(r, 1<<16)}
}

// Next returns the next line, io.EOF behind the last one. What is no transcript, or was cut, is an error of kind ErrCorrupt.
func (t *TranscriptReader) Next() (Line, error) {
	l, digest, err := t.header()
	if err != nil {
		return l, err
	}
	if _, err := io.ReadFull(t.r, l.Payload); err != nil {
		return l, t.cut(err)
	}
	if end, err := t.r.ReadByte(); err != nil || end != '\n' {
		return l, t.cut(errors.Join(err, errors.New("a line does not end where it must")))
	}
	if sum := sha256.Sum256(l.Payload); hex.EncodeToString(sum[:]) != digest {
		return l, t.cut(errors.New("the bytes do not have their digest"))
	}
	t.last = l.Position
	return l, nil
}

func (t *TranscriptReader) header() (l Line, digest string, err error) {
	text, err := t.r.ReadString('\n')
	if errors.Is(err, io.EOF) && text == "" {
		return l, "", io.EOF
	}
	if err != nil {
		return l, "", t.cut(err)
	}
	size := 0
	if _, err := fmt.Sscanf(text, "%d %d %64s", &l.Position, &size, &digest); err != nil {
		return l, "", t.cut(err)
	}
	_, l.Subject, _ = strings.Cut(strings.TrimSuffix(text, "\n"), digest+" ")
	if l.Position != t.last+1 || size < 0 || size > maxMessage || l.Subject == "" {
		return l, "", t.cut(fmt.Errorf("a line is headed %.100q", text))
	}
	l.Payload = make([]byte, size)
	return l, digest, nil
}

// maxMessage bounds what one message can have, in bytes: more than any server is set to take.
const maxMessage = 64 << 20

func (t *TranscriptReader) cut(err error) error {
	return fmt.Errorf("eventlog: transcript, behind position %d: %w: %w", t.last, domain.ErrCorrupt, err)
}

// Transcribe writes the whole log as far as it goes now, byte by byte, and returns the last position. visit, where it is given, is called for each
// event. A missing position is an error of kind ErrCorrupt that names it.
func (l *Log) Transcribe(ctx context.Context, w io.Writer, visit func(domain.Recorded) error) (domain.Position, error) {
	end, err := l.Last(ctx)
	if err != nil {
		return 0, err
	}
	t := NewTranscriptWriter(w)
	err = l.scanTo(ctx, "", end, func(m message) error {
		if m.sequence > end {
			return errEnough
		}
		if err := t.Write(Line{m.sequence, m.subject, m.data}); err != nil || visit == nil {
			return err
		}
		return visit(l.trust(m))
	})
	if err == nil && t.last < end {
		err = missing(t.last+1, end)
	}
	return t.last, errors.Join(err, t.Flush())
}
