package bundle

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"thidua/domain"
)

// readTable reads the rows of a csv file (RFC 4180 with a header line). A row with an error of form is kept apart, with what could be read of
// it, so that nothing else is blamed for what is missing.
func (r *reading) readTable(t table, text []byte) {
	records := csv.NewReader(bytes.NewReader(text))
	records.FieldsPerRecord = -1
	header, line, err := next(records)
	if err != nil {
		r.tell(fault(t.file, max(line, 1), "", RuleCSV, "tệp không có dòng tiêu đề đọc được; dòng đầu phải là: %s",
			"the file has no readable header line; it must begin with: %s", strings.Join(t.columns(), ",")))
		r.lose(t, 0)
		return
	}
	index := r.readHeader(t, header, line)
	for {
		record, line, err := next(records)
		switch {
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			r.tell(fault(t.file, line, "", RuleCSV, "dòng này không đúng quy tắc CSV (dấu nháy kép phải đóng, và viết hai lần bên trong ô)",
				"this row is not valid CSV (a quote must be closed, and doubled inside a cell)"))
			r.lose(t, line)
		case len(record) != len(header):
			r.tell(fault(t.file, line, "", RuleCells, "dòng có %d ô, tiêu đề có %d cột; hãy thêm hoặc bớt ô cho khớp",
				"the row has %d cells, the header %d columns; make them match", len(record), len(header)))
			r.lose(t, line)
		default:
			r.readRow(t, record, index, line)
		}
	}
}

// next returns the next record and the line where it begins.
func next(records *csv.Reader) (record []string, line int, err error) {
	record, err = records.Read()
	var wrong *csv.ParseError
	switch {
	case errors.As(err, &wrong):
		return nil, wrong.StartLine, err
	case err != nil:
		return nil, 0, err
	}
	line, _ = records.FieldPos(0)
	return record, line, nil
}

// readHeader finds each column's place among the cells, -1 for one that is not there.
func (r *reading) readHeader(t table, header []string, line int) map[string]int {
	index := map[string]int{}
	for _, column := range t.columns() {
		index[column] = -1
	}
	for i, column := range header {
		place, known := index[column]
		switch {
		case !known:
			r.tell(fault(t.file, line, column, RuleColumnUnknown, "không có cột %q trong tệp này; các cột là: %s",
				"this file has no column %q; its columns are: %s", shorten(column), strings.Join(t.columns(), ", ")))
		case place >= 0:
			r.tell(fault(t.file, line, column, RuleColumnDuplicate, "cột %s được ghi hai lần; hãy bỏ một cột", "the column %s is there twice; remove one", column))
		default:
			index[column] = i
		}
	}
	for _, column := range t.with(bold) {
		if index[column] < 0 {
			r.tell(fault(t.file, line, column, RuleColumnMissing, "thiếu cột %s; hãy thêm cột này", "the column %s is missing; add it", column))
		}
	}
	return index
}

// readRow reads the cells of one row.
func (r *reading) readRow(t table, record []string, index map[string]int, line int) {
	row, broken := t.blank(), false
	*row.from() = origin{file: t.file, line: line}
	for _, c := range row.cells() {
		text := ""
		if i := index[c.column]; i >= 0 {
			text = record[i]
		} else if c.use&bold != 0 {
			broken = true // the header was told of
			continue
		}
		if p := readCell(c, text); p != nil {
			r.tell(told(t.file, line, c.column, p))
			r.lostEvidence = r.lostEvidence || c.column == "evidence"
			broken = true
		}
	}
	if broken {
		r.broken[t.file] = append(r.broken[t.file], row)
		return
	}
	r.season.rows[t.file] = append(r.season.rows[t.file], row)
}

func readCell(c cell, text string) *domain.Problem {
	if text == "" {
		if c.use&bold == 0 {
			return nil
		}
		return &domain.Problem{Rule: RuleEmpty, Text: domain.Text{VI: "ô này không được để trống", EN: "this cell must not be empty"}}
	}
	return asProblem(c.field.read(text))
}

// asProblem returns the problem that a field's error is, nil for none.
func asProblem(err error) *domain.Problem {
	var p *domain.Problem
	if err == nil || errors.As(err, &p) {
		return p
	}
	return &domain.Problem{Rule: domain.RuleText, Text: domain.Text{VI: err.Error(), EN: err.Error()}}
}

// lose keeps a row of which nothing could be read: it may have been about anything.
func (r *reading) lose(t table, line int) {
	row := t.blank()
	*row.from() = origin{file: t.file, line: line}
	r.broken[t.file] = append(r.broken[t.file], row)
	r.lostEvidence = r.lostEvidence || t.file == valuesFile
}

// shorten keeps what a message quotes readable.
func shorten(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
