// Command build makes the page that verifies a dossier in a browser, out of its parts and the verifier compiled to WebAssembly. The same sources and the
// same Go give the same bytes.
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed" // the page's parts
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"thidua/internal/page"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

//go:embed page.js
var pageJS string

func main() {
	if err := build("internal/page/built"); err != nil {
		fmt.Fprintln(os.Stderr, "page:", err)
		os.Exit(1)
	}
}

// build writes the page into a folder, unless it lies there already.
func build(folder string) error {
	program, err := compile()
	if err != nil {
		return err
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return err
	}
	loader, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return err
	}
	content, err := assemble(program, string(loader))
	if err != nil {
		return err
	}
	path := filepath.Join(folder, page.Name)
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, content) {
		return nil // the programs that embed it need not be built again
	}
	return os.WriteFile(path, content, 0o644)
}

// compile makes the verifier for a browser.
func compile() ([]byte, error) {
	dir, err := os.MkdirTemp("", "page")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	out := filepath.Join(dir, "verify.wasm")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w -buildid=", "-buildvcs=false", "-o", out, "./internal/page/wasm")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("compiling the verifier: %w", err)
	}
	return os.ReadFile(out)
}

// assemble puts the parts together. The page's policy lets only this script and this style in, by their digests, and no address at all.
func assemble(program []byte, loader string) ([]byte, error) {
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(program); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	script := loader + pageJS
	return []byte(strings.NewReplacer(
		"{{script-digest}}", digest(script), "{{style-digest}}", digest(pageCSS), "{{script}}", script, "{{style}}", pageCSS,
		"{{program}}", base64.StdEncoding.EncodeToString(packed.Bytes()),
	).Replace(pageHTML)), nil
}

// digest is how a content security policy names what it lets in.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
