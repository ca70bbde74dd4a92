package dossier

import (
	"archive/zip"
	"fmt"
	"hash/crc32"
	"io"

	"thidua/domain"
)

// A dossier's zip is not compressed: the same content is the same file, whatever made it, and a reader unpacks nothing that he has not the size
// of. The hashes, which are most of it, could not be compressed anyhow.

// packer writes the zip of a dossier.
type packer struct{ zip *zip.Writer }

func newPacker(w io.Writer) *packer { return &packer{zip.NewWriter(w)} }

// put adds a file whose bytes are given in one piece. Nothing of when or where it was made is written.
func (p *packer) put(name string, content []byte) error {
	size := uint64(len(content))
	w, err := p.zip.CreateRaw(&zip.FileHeader{
		Name: name, Method: zip.Store, CRC32: crc32.ChecksumIEEE(content), CompressedSize64: size, UncompressedSize64: size,
	})
	if err != nil {
		return fmt.Errorf("dossier: %s: %w", name, err)
	}
	if _, err := w.Write(content); err != nil {
		return fmt.Errorf("dossier: %s: %w", name, err)
	}
	return nil
}

func (p *packer) close() error { return p.zip.Close() }

// tooLarge refuses to make what a verifier would refuse to read.
func tooLarge(size int64) error {
	return &domain.Problem{Rule: domain.RuleSize, Text: domain.Text{
		VI: fmt.Sprintf("bộ hồ sơ dài %d byte, nhiều nhất được %d; hãy lập cho từng đơn vị (--unit)", size, totalLimit),
		EN: fmt.Sprintf("the dossier has %d bytes, at most %d are taken; make it unit by unit (--unit)", size, totalLimit),
	}}
}
