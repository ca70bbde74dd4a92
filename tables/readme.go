package tables

import (
	"fmt"
	"strings"
)

// readmeFile is for people who find the folder.
const readmeFile = "README.md"

// readme says what the folder is, in both languages.
func readme(m *Manifest) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# thidua: %s, position %d\n\n%s\n\n", m.Schema, m.Position, note)
	fmt.Fprintf(&b, "Every table is of position %d of the log. `%s` names each file with its rows, bytes and SHA-256, `%s` (Data Package 2.0) each column.\n",
		m.Position, ManifestFile, packageFile)
	fmt.Fprintf(&b, "Mọi bảng đều ở vị trí %d của sổ sự kiện. `%s` ghi số dòng, số byte và SHA-256 của từng tệp; `%s` mô tả từng cột.\n\n", m.Position, ManifestFile, packageFile)
	if m.Previous != nil {
		fmt.Fprintf(&b, "This goes on from position %d. Of a table whose `rows` are `seasons`, remove the rows of the `seasons` listed, then add those of its files; a table whose `rows` are `all` replaces the one before.\n",
			m.Previous.Position)
		fmt.Fprintf(&b, "Đây là phần tiếp theo vị trí %d. Bảng có `rows` là `seasons`: xoá các dòng của những mùa ghi ở `seasons` rồi thêm các dòng trong tệp; bảng có `rows` là `all`: thay toàn bộ bảng trước.\n\n", m.Previous.Position)
	}
	fmt.Fprintln(&b, "The record names nobody: neither do these files. The software's licence is not one of the data; ask the operator of the record before you publish them.")
	fmt.Fprintln(&b, "Sổ không ghi tên người, các tệp này cũng vậy. Giấy phép của phần mềm không phải là giấy phép của dữ liệu; hãy hỏi đơn vị vận hành trước khi công bố.")
	return b.String()
}
