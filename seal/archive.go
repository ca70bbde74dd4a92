package seal

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"thidua/domain"
)

// The archive has every checkpoint that was ever published, oldest first, each followed by an empty line. A note is itself its text, an empty line
// and lines that begin with a dash, so that an empty line after such a one ends it.

// signed begins a line with a signature.
const signed = "— "

// ReadCheckpoint reads the checkpoint that is published, whoever signed it. The error is fs.ErrNotExist where none is.
func ReadCheckpoint(files fs.FS) (Checkpoint, error) {
	content, err := fs.ReadFile(files, checkpointFile)
	if err != nil {
		return Checkpoint{}, err
	}
	return ReadUnverified(content)
}

// Checkpoints gives every checkpoint that was published, oldest first, whoever signed it, and ends with the first error.
func Checkpoints(files fs.FS) iter.Seq2[Checkpoint, error] {
	return func(yield func(Checkpoint, error) bool) {
		content, size, done, err := openArchive(files)
		if err != nil {
			yield(Checkpoint{}, err)
			return
		}
		defer done()
		from(content, 0, size)(yield)
	}
}

// CheckpointsFrom gives the checkpoints of at least a size, oldest first, like Checkpoints.
func CheckpointsFrom(files fs.FS, size int64) iter.Seq2[Checkpoint, error] {
	return func(yield func(Checkpoint, error) bool) {
		content, length, done, err := openArchive(files)
		if err != nil {
			yield(Checkpoint{}, err)
			return
		}
		defer done()
		start, err := before(content, length, size)
		if err != nil {
			yield(Checkpoint{}, err)
			return
		}
		for c, err := range from(content, start, length) {
			if err == nil && c.Size < size {
				continue
			}
			if !yield(c, err) {
				return
			}
		}
	}
}

// CheckpointAt finds the checkpoint that was published at a size, the last where it was published with more signatures later. The error is of
// kind domain.ErrNotFound where none was.
func CheckpointAt(files fs.FS, size int64) (Checkpoint, error) {
	content, length, done, err := openArchive(files)
	if err != nil {
		return Checkpoint{}, err
	}
	defer done()
	start, err := before(content, length, size)
	if err != nil {
		return Checkpoint{}, err
	}
	var found *Checkpoint
	for c, err := range from(content, start, length) {
		if err != nil {
			return Checkpoint{}, err
		}
		if c.Size > size {
			break
		}
		if c.Size == size {
			found = &c
		}
	}
	if found == nil {
		return Checkpoint{}, fmt.Errorf("no checkpoint was published at %d events: %w", size, domain.ErrNotFound)
	}
	return *found, nil
}

// openArchive opens the archive, an empty one where there is none.
func openArchive(files fs.FS) (content io.ReaderAt, size int64, done func(), err error) {
	f, err := files.Open(archiveFile)
	if errors.Is(err, fs.ErrNotExist) {
		return bytes.NewReader(nil), 0, func() {}, nil
	}
	if err != nil {
		return nil, 0, nil, err
	}
	if at, ok := f.(io.ReaderAt); ok {
		if info, err := f.Stat(); err == nil {
			return at, info.Size(), func() { _ = f.Close() }, nil
		}
	}
	all, err := io.ReadAll(f)
	_ = f.Close()
	return bytes.NewReader(all), int64(len(all)), func() {}, err
}

// nearby is how many bytes are read rather than searched.
const nearby = 32 << 10

// before finds a place where a checkpoint begins that is smaller than one of a size, and not far before it.
func before(content io.ReaderAt, length, size int64) (int64, error) {
	low, high := int64(0), length
	for high-low > nearby {
		middle := low + (high-low)/2
		start, _, err := nextEnd(content, middle, length)
		if err != nil {
			return 0, err
		}
		smaller := false
		for c, err := range from(content, start, length) {
			if err != nil {
				return 0, err
			}
			smaller = c.Size < size
			break
		}
		if smaller {
			low = start
		} else {
			high = middle
		}
	}
	return low, nil
}

// nextEnd finds where the first checkpoint after a place ends, if one does.
func nextEnd(content io.ReaderAt, after, length int64) (end int64, found bool, err error) {
	lines := bufio.NewReader(io.NewSectionReader(content, after, length-after))
	end = after
	for inSignatures := false; ; {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return length, false, nil
		}
		if err != nil {
			return 0, false, err
		}
		end += int64(len(line))
		if line == "\n" && inSignatures {
			return end, true, nil
		}
		inSignatures = strings.HasPrefix(line, signed)
	}
}

// from gives the checkpoints from a place on. What is left over at the end is one that is just being written.
func from(content io.ReaderAt, start, length int64) iter.Seq2[Checkpoint, error] {
	return func(yield func(Checkpoint, error) bool) {
		lines := bufio.NewReader(io.NewSectionReader(content, start, length-start))
		var text []byte
		for inSignatures := false; ; {
			line, err := lines.ReadBytes('\n')
			if errors.Is(err, io.EOF) {
				return
			}
			if err == nil && (len(line) > 1 || !inSignatures) {
				text = append(text, line...)
				inSignatures = bytes.HasPrefix(line, []byte(signed))
				continue
			}
			var c Checkpoint
			if err == nil {
				c, err = ReadUnverified(text)
			}
			if !yield(c, err) || err != nil {
				return
			}
			text, inSignatures = nil, false
		}
	}
}

// archive adds a note, unless it is the last one already.
func archive(path string, note []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, fileMode)
	if err != nil {
		return err
	}
	record := append(bytes.Clone(note), '\n')
	if endsWith(f, record) {
		return f.Close()
	}
	_, errWrite := f.Write(record)
	return errors.Join(errWrite, f.Sync(), f.Close(), syncFolder(filepath.Dir(path)))
}

func endsWith(f *os.File, record []byte) bool {
	info, err := f.Stat()
	if err != nil || info.Size() < int64(len(record)) {
		return false
	}
	tail := make([]byte, len(record))
	_, err = f.ReadAt(tail, info.Size()-int64(len(record)))
	return err == nil && bytes.Equal(tail, record)
}

// mendArchive cuts off what a crash left of a note that was just being added: it was not published.
func mendArchive(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, fileMode)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	end, err := whole(f)
	if err == nil {
		err = f.Truncate(end)
	}
	return errors.Join(err, f.Sync(), f.Close())
}

// whole finds where the last whole note ends.
func whole(f *os.File) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	length := info.Size()
	for _, at := range []int64{max(0, length-nearby), 0} {
		end := int64(0)
		for found := true; found; {
			var next int64
			if next, found, err = nextEnd(f, max(at, end), length); err != nil {
				return 0, err
			}
			if found {
				end = next
			}
		}
		if end > 0 {
			return end, nil
		}
	}
	return 0, nil
}
