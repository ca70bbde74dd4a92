// Package examples carries seasons to run. Structure, rules and provinces are real to the field; names of people and all figures are
// illustrative, and whatever shows them must say so.
package examples

import (
	"embed"
	"io/fs"
)

//go:embed northern-border-2019
var seasons embed.FS

// NorthernBorder2019 returns the bundle of the 2019 season of seven northern border provinces.
func NorthernBorder2019() fs.FS {
	season, err := fs.Sub(seasons, "northern-border-2019")
	if err != nil {
		return seasons // the name is a constant, and valid
	}
	return season
}
