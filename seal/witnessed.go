package seal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// witnessedFile has the largest checkpoint that a quorum of witnesses has cosigned. The one that is published may be larger: a witness that
// does not answer holds up nobody.
const witnessedFile = "witnessed"

// ReadWitnessed reads the largest checkpoint that counted as witnessed, whoever signed it. The error is fs.ErrNotExist where none did.
func ReadWitnessed(files fs.FS) (Checkpoint, error) {
	content, err := fs.ReadFile(files, witnessedFile)
	if err != nil {
		return Checkpoint{}, err
	}
	return ReadUnverified(content)
}

// KeepWitnessed keeps a checkpoint that counts as witnessed, unless a larger one is kept already.
func (f *Folder) KeepWitnessed(c Checkpoint) error {
	kept, err := ReadWitnessed(os.DirFS(f.path))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("sealed log: %w", err)
	}
	if err == nil && kept.Size > c.Size {
		return nil
	}
	if err := replaceFile(filepath.Join(f.path, witnessedFile), c.Note); err != nil {
		return fmt.Errorf("sealed log: %w", err)
	}
	return nil
}
