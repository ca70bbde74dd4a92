package main_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/unicode/norm"

	"thidua/internal/testenv"
)

// The season's papers name a submitter of values, who is also in a reason, in a finding, and in the name and the content of a file of evidence.
const (
	erasedName   = "Nguyễn Thị Kiều Diễm"
	erasedSeason = "northern-border-2019"
	erasedFile   = "biên bản " + erasedName + ".txt"
)

// forms are the ways in which a name can lie in a file: plain in both of Unicode's forms, as UTF-16, escaped in JSON, and in base64 at any of the three
// places that it can begin at in what is encoded, as a disclosure is. Neither the broker's streams nor the database's tables are set to compress.
func forms(name string) map[string][]byte {
	units := utf16.Encode([]rune(name))
	var wide, escaped []byte
	for _, u := range units {
		wide = append(wide, byte(u), byte(u>>8))
	}
	for _, r := range name {
		if r < 0x80 {
			escaped = append(escaped, byte(r))
		} else {
			escaped = fmt.Appendf(escaped, "\\u%04x", r)
		}
	}
	all := map[string][]byte{"NFC": []byte(name), "NFD": norm.NFD.Bytes([]byte(name)), "UTF-16": wide, "JSON": escaped}
	for shift := range 3 {
		encoded := base64.RawURLEncoding.EncodeToString(append(make([]byte, shift), name...))
		all["base64 at "+strconv.Itoa(shift)] = []byte(encoded[[]int{0, 2, 3}[shift] : len(encoded)-2])
	}
	return all
}

// traces lists the forms in which the name lies below a folder, with the files.
func traces(t *testing.T, dir string) (found []string) {
	t.Helper()
	wanted := forms(erasedName)
	testenv.EachFile(t, dir, func(path string, content []byte) {
		for form, bytesOf := range wanted {
			if bytes.Contains(content, bytesOf) || bytes.Contains([]byte(path), bytesOf) {
				name, _ := filepath.Rel(dir, path)
				found = append(found, form+" in "+name)
			}
		}
	})
	slices.Sort(found)
	return found
}

// papersNaming writes the example season with the person in it.
func papersNaming(t *testing.T) string {
	t.Helper()
	papers := filepath.Join(t.TempDir(), "papers")
	if err := os.CopyFS(papers, os.DirFS("../../examples/northern-border-2019")); err != nil {
		t.Fatal(err)
	}
	replace := func(file, old, new string, n int) {
		path := filepath.Join(papers, file)
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(content, []byte(old)) {
			t.Fatalf("%s has no %q", file, old)
		}
		if err := os.WriteFile(path, bytes.Replace(content, []byte(old), []byte(new), n), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	replace("values.csv", "vanphong.hagiang", erasedName, -1)
	replace("values.csv", "Nhập nhầm kỳ", erasedName+" nhập nhầm kỳ", 1)
	replace("values.csv", "ha-giang-a1-2019-q2.txt", erasedFile, 1)
	replace("verifications.csv", "Số kiểm đếm thực tế thấp hơn số báo cáo", "Theo lời "+erasedName, 1)
	evidence := filepath.Join(papers, "evidence")
	if err := os.Rename(filepath.Join(evidence, "ha-giang-a1-2019-q2.txt"), filepath.Join(evidence, erasedFile)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(evidence, erasedFile), []byte("Người lập: "+erasedName+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return papers
}
