package bundle

import (
	"cmp"
	"fmt"
	"slices"

	"thidua/domain"
)

// Fault is one error of a bundle: where it is, which rule it breaks, and what to do about it. The json form is that of spec "cli".
type Fault struct {
	// File is the path within the bundle, "" where the bundle as a whole is meant.
	File string `json:"file"`
	// Line is where the row or key begins, 1 for the first; nil where what is meant is absent or has no lines.
	Line *int `json:"line"`
	// Column is the column of a table or the path of a key in season.yaml, "" where none is meant.
	Column  string      `json:"column"`
	Rule    domain.Rule `json:"rule"`
	Message domain.Text `json:"message"`
}

// The rules of form that a bundle adds to those of package domain. A number is that of spec "bundle", What a bundle must satisfy; the
// others are in the paragraph above its table of files.
const (
	RuleZip             domain.Rule = "zip"              // 11
	RuleFileUnknown     domain.Rule = "file-unknown"     // an unknown file is an error
	RuleFileMissing     domain.Rule = "file-missing"     // verifications.csv and the files below it may be absent, no other
	RuleFileSize        domain.Rule = "file-size"        // 11, and a bound on what is read into memory
	RuleUTF8            domain.Rule = "utf-8"            // UTF-8
	RuleCSV             domain.Rule = "csv"              // RFC 4180 quoting, a header line
	RuleCells           domain.Rule = "cells"            // a row with too few or too many cells
	RuleEmpty           domain.Rule = "empty"            // a bold column is never empty
	RuleColumnUnknown   domain.Rule = "column-unknown"   // an unknown column is an error
	RuleColumnMissing   domain.Rule = "column-missing"   // a bold column must be there
	RuleColumnDuplicate domain.Rule = "column-duplicate" // 2
	RuleYAML            domain.Rule = "yaml"             // YAML 1.2 without anchors, aliases and tags
	RuleKeyUnknown      domain.Rule = "key-unknown"      // an unknown key is an error
	RuleKeyMissing      domain.Rule = "key-missing"      // only the keys that say so may be absent
	RuleKeyDuplicate    domain.Rule = "key-duplicate"    // a duplicate key is an error
	RuleEvidenceName    domain.Rule = "evidence-name"    // plain names, no folders
	RuleEvidenceMissing domain.Rule = "evidence-missing" // 11
	RuleEvidenceUnnamed domain.Rule = "evidence-unnamed" // 11
	RuleVanished        domain.Rule = "vanished"         // Importing again
	RuleExists          domain.Rule = "exists"           // an export overwrites nothing
	RuleImporting       domain.Rule = "importing"        // half an import gives no ranking, so no bundle either
)

// fault states an error, with the same arguments for both languages. Line 0 stands for none.
func fault(file string, line int, column string, rule domain.Rule, vi, en string, args ...any) Fault {
	return told(file, line, column, &domain.Problem{Rule: rule, Text: domain.Text{VI: fmt.Sprintf(vi, args...), EN: fmt.Sprintf(en, args...)}})
}

// told places a problem that the domain found.
func told(file string, line int, column string, p *domain.Problem) Fault {
	f := Fault{File: file, Column: column, Rule: p.Rule, Message: p.Text}
	if line > 0 {
		f.Line = &line
	}
	return f
}

// line returns where the fault is, 0 where it has no line.
func (f Fault) line() int {
	if f.Line == nil {
		return 0
	}
	return *f.Line
}

// sortFaults puts faults in the order of the files in spec "bundle", then of lines. The order of those in one line is kept.
func sortFaults(faults []Fault) {
	order := map[string]int{}
	for _, f := range faults {
		if _, has := order[f.File]; !has {
			order[f.File] = fileOrder(f.File)
		}
	}
	slices.SortStableFunc(faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(order[a.File], order[b.File]), cmp.Compare(a.File, b.File), cmp.Compare(a.line(), b.line()))
	})
}

// fileOrder is the place of a file in the table of spec "bundle"; unknown files come first, evidence last.
func fileOrder(file string) int {
	if file == seasonFile {
		return 1
	}
	for i, t := range tables() {
		if t.file == file {
			return i + 2
		}
	}
	if isEvidence(file) {
		return len(tables()) + 2
	}
	return 0
}
