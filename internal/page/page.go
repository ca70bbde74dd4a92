// Package page has the page that verifies a dossier in a browser: the same verifier, compiled to WebAssembly, in one file that asks nobody for
// anything. `make page` builds it.
package page

import "embed"

//go:embed built
var built embed.FS

// Name is the page's file, in a dossier as well.
const Name = "verify.html"

// HTML is the page. The error is fs.ErrNotExist where it was not built before this program was.
func HTML() ([]byte, error) { return built.ReadFile("built/" + Name) }
