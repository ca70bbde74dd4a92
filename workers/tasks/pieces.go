package tasks

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/nats-io/nats.go/jetstream"

	"thidua/domain"
)

// pieces reads a stored file piece by piece, from the store's leader, which is never behind.
type pieces struct {
	ctx     context.Context
	stream  jetstream.Stream
	subject string
	next    uint64 // sequence from which on the next piece lies
	left    uint64 // bytes that are still to come
	piece   []byte // what is read of them
	hash    hash.Hash
	digest  string
}

// Read implements io.Reader.
func (p *pieces) Read(to []byte) (int, error) {
	for len(p.piece) == 0 {
		if p.left == 0 {
			return 0, p.end()
		}
		m, err := p.stream.GetMsg(p.ctx, p.next, jetstream.WithGetMsgSubject(p.subject))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return 0, fmt.Errorf("tasks: the file is gone: %w", domain.ErrNotFound) // it expired or was erased under way
		}
		if err != nil {
			return 0, fmt.Errorf("tasks: read %s: %w", p.subject, err)
		}
		if uint64(len(m.Data)) > p.left {
			return 0, p.corrupt()
		}
		p.hash.Write(m.Data)
		p.next, p.left, p.piece = m.Sequence+1, p.left-uint64(len(m.Data)), m.Data
	}
	n := copy(to, p.piece)
	p.piece = p.piece[n:]
	return n, nil
}

func (p *pieces) end() error {
	if hexSum(p.hash.Sum(nil)) != p.digest {
		return p.corrupt()
	}
	return io.EOF
}

func (p *pieces) corrupt() error {
	return fmt.Errorf("tasks: the stored file %s does not have its digest %s: %w", p.subject, p.digest, domain.ErrCorrupt)
}
