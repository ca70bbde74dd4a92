package seal

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
)

// What is written is for the owner of the data directory alone: the entries are the record itself.
const (
	fileMode   = 0o600
	folderMode = 0o700
)

// replaceFile puts content at a path so that a crash at any moment leaves the old or the new, whole, and the new one once it has returned.
func replaceFile(path string, content []byte) error {
	if err := putFile(path, content); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// putFile is replaceFile but for the folder's entry, which may be lost until the folder is synced.
func putFile(path string, content []byte) error {
	fresh := path + ".tmp"
	f, err := os.OpenFile(fresh, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, fileMode)
	if err != nil {
		return err
	}
	_, errWrite := f.Write(content)
	if err := errors.Join(errWrite, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(fresh, path)
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// atOnce is how many files are synced at a time: a disk does several in the time of one.
const atOnce = 16

// putFiles puts files below a folder, and makes them and the folders that they are in durable.
func putFiles(root string, files map[string][]byte) error {
	folders := map[string]bool{}
	for name := range files {
		for folder := filepath.Dir(name); !folders[folder]; folder = filepath.Dir(folder) {
			folders[folder] = true
		}
	}
	for folder := range folders {
		if err := os.MkdirAll(filepath.Join(root, folder), folderMode); err != nil {
			return err
		}
	}
	var jobs []func() error
	for name, content := range files {
		jobs = append(jobs, func() error { return putFile(filepath.Join(root, name), content) })
	}
	if err := allOf(jobs); err != nil {
		return err
	}
	jobs = nil
	for folder := range folders {
		jobs = append(jobs, func() error { return syncFolder(filepath.Join(root, folder)) })
	}
	return allOf(jobs)
}

// allOf does jobs, some at once, and waits for all.
func allOf(jobs []func() error) error {
	errs := make([]error, len(jobs))
	var running sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for i, job := range jobs {
		slots <- struct{}{}
		running.Go(func() {
			errs[i] = job()
			<-slots
		})
	}
	running.Wait()
	return errors.Join(errs...)
}
