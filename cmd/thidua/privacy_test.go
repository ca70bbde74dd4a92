package main_test

import (
	"bytes"
	"encoding/csv"
	"io/fs"
	"path/filepath"
	"testing"

	"thidua/examples"
	"thidua/internal/testenv"
)

// personal lists the columns of a bundle that can name a person, or hold free text that could.
var personal = map[string][]string{
	"signatures.csv":    {"signer", "role"},
	"values.csv":        {"submitted_by", "reason", "note", "evidence"},
	"verifications.csv": {"inspector", "finding"},
	"adjustments.csv":   {"reason", "decided_by"},
	"exceptions.csv":    {"granted_by", "reason", "document"},
	"holds.csv":         {"reason", "document"},
	"awards.csv":        {"signer", "competence"},
}

// TestNoPersonOnTheLog looks for every name and free text of the example season in the very files of the stream.
func TestNoPersonOnTheLog(t *testing.T) {
	up := start(t)
	up.answer(t, nil, "import", up.season(t, "private"))
	store := filepath.Join(up.dir, "nats", "jetstream", "$G", "streams", "EMULATION")
	var files []byte
	testenv.EachFile(t, store, func(_ string, content []byte) { files = append(files, content...) })
	if !bytes.Contains(files, []byte("vn.thidua.indicator.reported.v1")) {
		t.Fatal("the stream's files do not hold the events as they are written: the search would find nothing")
	}
	public := append(paper(t, "units.csv"), paper(t, "season.yaml")...)
	for file, columns := range personal {
		for _, text := range texts(t, file, columns) {
			// "Trung ương Hội" granted an extension, and is part of a unit's name and an award's title too: names of bodies are not personal.
			if bytes.Contains(files, []byte(text)) && !bytes.Contains(public, []byte(text)) {
				t.Errorf("%q of %s is on the log", text, file)
			}
		}
	}
}

// paper reads a file of the example season.
func paper(t *testing.T, name string) []byte {
	t.Helper()
	content, err := fs.ReadFile(examples.NorthernBorder2019(), name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// texts lists what stands in some columns of a file of the example season.
func texts(t *testing.T, file string, columns []string) []string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(paper(t, file))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for i, name := range rows[0] {
		for _, column := range columns {
			for _, row := range rows[1:] {
				// A word as short as "chair" would be found in words of the contract.
				if name == column && len(row[i]) > 5 {
					found = append(found, row[i])
				}
			}
		}
	}
	if len(found) == 0 {
		t.Fatalf("%s has no texts in %v", file, columns)
	}
	return found
}
