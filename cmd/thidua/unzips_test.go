package main_test

import (
	"archive/zip"
	"os"

	"github.com/rogpeppe/go-internal/testscript"
)

// unzipsCmd unpacks a zip into a new folder: `unzips FILE FOLDER`.
func unzipsCmd(ts *testscript.TestScript, _ bool, args []string) {
	z, err := zip.OpenReader(ts.MkAbs(args[0]))
	ts.Check(err)
	defer func() { _ = z.Close() }()
	ts.Check(os.CopyFS(ts.MkAbs(args[1]), z))
}
