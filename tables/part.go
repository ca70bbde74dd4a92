package tables

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"os"
	"path"
	"path/filepath"
)

// partRows is how many rows a file has at most: Excel opens 1,048,576 lines, that of the names among them.
const partRows = 1_000_000

// part is a file that is being written.
type part struct {
	encoder
	file    *os.File
	hash    hash.Hash
	written File
}

// Write takes the digest of what is written.
func (p *part) Write(b []byte) (int, error) {
	n, err := p.file.Write(b)
	p.hash.Write(b[:n])
	p.written.Bytes += int64(n)
	return n, err
}

// parts writes the rows of a table into files, as many as are needed, and at least one, which then says what columns there are.
type parts struct {
	wish     Wish
	view     view
	folder   string
	position uint64
	open     *part
	done     []File
}

// next begins a file. Its name has the position, so that files of later exports can lie beside it.
func (p *parts) next() error {
	name := path.Join(p.view.Name, fmt.Sprintf("part-%012d-%03d.%s", p.position, len(p.done)+1, p.wish.Format))
	file, err := os.OpenFile(filepath.Join(p.folder, filepath.FromSlash(name)), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	p.open = &part{file: file, hash: sha256.New(), written: File{Path: name}}
	p.open.encoder, err = p.wish.encoder(p.open, p.view)
	return err
}

// row adds a row.
func (p *parts) row(fields [][]byte) error {
	if p.open.written.Rows == partRows {
		if err := errors.Join(p.end(), p.next()); err != nil {
			return err
		}
	}
	p.open.written.Rows++
	return p.open.row(fields)
}

// end ends the open file. It is on the disk then.
func (p *parts) end() error {
	o := p.open
	if o == nil {
		return nil
	}
	p.open = nil
	err := o.close()
	if err == nil {
		err = o.file.Sync()
	}
	if err := errors.Join(err, o.file.Close()); err != nil {
		return err
	}
	o.written.SHA256 = hex.EncodeToString(o.hash.Sum(nil))
	p.done = append(p.done, o.written)
	return nil
}

// abandon closes what is open after an error.
func (p *parts) abandon() {
	if p.open != nil && p.open.file != nil {
		_ = p.open.file.Close()
	}
}
