package testenv

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// FilesHolding lists the files below a folder that hold some bytes. Files may come and go meanwhile.
func FilesHolding(t testing.TB, dir string, wanted []byte) (files []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		var content []byte
		if err == nil && d.Type().IsRegular() {
			content, err = os.ReadFile(path)
		}
		if bytes.Contains(content, wanted) {
			files = append(files, path)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
