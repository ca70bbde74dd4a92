package seal

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"thidua/domain"
)

// The most that a policy may hold. C2SP tlog-policy asks for room for 32 of each; a note may carry 100 signatures.
const (
	policyBytes   = 64 << 10
	policyEntries = 48
)

// PolicyError says which line of a policy is wrong, and what about it.
type PolicyError struct {
	Line int // from 1; 0 for the file as a whole
	text domain.Text
}

func (e *PolicyError) Error() string { return e.text.EN }

// Unwrap says that the policy is not of its form.
func (e *PolicyError) Unwrap() error { return domain.ErrInvalid }

// Text says it in both languages.
func (e *PolicyError) Text() domain.Text { return e.text }

// policyReader is a policy that is being read.
type policyReader struct {
	policy *Policy
	line   int
	names  map[string]quorum // witnesses and groups share one namespace
	member map[string]bool   // the names that some group has taken up
	keys   map[string]bool   // the public keys of logs and, apart, of witnesses
	groups int
	asked  bool // there was a quorum line
}

// ParsePolicy reads a policy file of the form of C2SP tlog-policy: log, witness, group and quorum lines. Keys of logs are Ed25519; an ML-DSA-44
// key of a witness is taken, and its cosignatures are read past, so that a quorum which can't do without them is refused.
func ParsePolicy(text []byte) (*Policy, error) {
	r := &policyReader{policy: &Policy{}, names: map[string]quorum{}, member: map[string]bool{}, keys: map[string]bool{}}
	if len(text) > policyBytes {
		return nil, r.wrong("tệp dài hơn %d byte", "the file is longer than %d bytes", policyBytes)
	}
	for line := range bytes.SplitSeq(text, []byte("\n")) {
		r.line++
		if i := bytes.IndexFunc(line, func(c rune) bool { return c != '\t' && (c < ' ' || c == 0x7f) }); i >= 0 {
			return nil, r.wrong("có ký tự điều khiển 0x%02X; dòng kết thúc bằng LF, không phải CRLF", "it has the control character 0x%02X; lines end with LF, not CRLF", line[i])
		}
		fields := strings.FieldsFunc(string(line), func(c rune) bool { return c == ' ' || c == '\t' })
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if err := r.read(fields[0], fields[1:]); err != nil {
			return nil, err
		}
	}
	return r.done()
}

func (r *policyReader) read(keyword string, rest []string) error {
	switch {
	case keyword == "log" && (len(rest) == 1 || len(rest) == 2):
		return r.log(rest[0])
	case keyword == "witness" && len(rest) == 2:
		return r.witness(rest[0], rest[1], "")
	case keyword == "witness" && len(rest) == 3:
		return r.witness(rest[0], rest[1], rest[2])
	case keyword == "group" && len(rest) >= 3:
		return r.group(rest[0], rest[1], rest[2:])
	case keyword == "quorum" && len(rest) == 1:
		return r.quorum(rest[0])
	}
	return r.wrong("dòng phải là: log KHÓA [URL], witness TÊN KHÓA [URL], group TÊN NGƯỠNG THÀNH-VIÊN… hoặc quorum TÊN",
		"a line is: log KEY [URL], witness NAME KEY [URL], group NAME THRESHOLD MEMBER… or quorum NAME")
}

func (r *policyReader) log(key string) error {
	if len(r.policy.logs) == policyEntries {
		return r.wrong("có nhiều hơn %d sổ", "there are more than %d logs", policyEntries)
	}
	parsed, err := r.key("log", key)
	if err != nil {
		return err
	}
	v, err := note.NewVerifier(key)
	if err != nil || parsed.kind != keyLog {
		return r.wrong("khóa của sổ phải là Ed25519 (loại 0x01)", "the key of a log is an Ed25519 key (type 0x01)")
	}
	r.policy.logs = append(r.policy.logs, v)
	return nil
}

func (r *policyReader) witness(name, key, url string) error {
	if len(r.policy.witnesses) == policyEntries {
		return r.wrong("có nhiều hơn %d người làm chứng", "there are more than %d witnesses", policyEntries)
	}
	if err := r.free(name); err != nil {
		return err
	}
	parsed, err := r.key("witness", key)
	if err != nil {
		return err
	}
	w := Witness{Name: name, Key: key, URL: url}
	switch {
	case parsed.kind == keyWitness && len(parsed.public) == 32:
		w.verifier = cosigner{parsed}
	case parsed.kind == keyMLDSA && len(parsed.public) == mldsaPublicKeySize:
	default:
		return r.wrong("khóa của người làm chứng phải là khóa ký chứng Ed25519 (loại 0x04)", "the key of a witness is an Ed25519 cosignature key (type 0x04)")
	}
	r.names[name] = quorum{witness: len(r.policy.witnesses), threshold: 1}
	r.policy.witnesses = append(r.policy.witnesses, w)
	return nil
}

// key reads a verifier key. The same public key twice is refused, whatever its names: one witness would count as two.
func (r *policyReader) key(role, text string) (vkey, error) {
	key, err := parseVkey(text)
	if err != nil {
		return key, r.wrong("khóa không đúng dạng hoặc gõ sai: %v", "the key can't be read: %v", err)
	}
	for _, id := range []string{role + " " + string(key.public), "id " + key.name + " " + strconv.FormatUint(uint64(key.id), 16)} {
		if r.keys[id] {
			return key, r.wrong("khóa của %s đã có ở một dòng trên", "the key of %s is on a line above already", key.name)
		}
		r.keys[id] = true
	}
	return key, nil
}

func (r *policyReader) group(name, threshold string, members []string) error {
	if r.groups++; r.groups > policyEntries {
		return r.wrong("có nhiều hơn %d nhóm", "there are more than %d groups", policyEntries)
	}
	if err := r.free(name); err != nil {
		return err
	}
	q, err := r.threshold(threshold, len(members))
	if err != nil {
		return err
	}
	for _, m := range members {
		known, ok := r.names[m]
		if !ok {
			return r.wrong("%s chưa được nêu ở dòng nào trên đây", "%s is on no line above", m)
		}
		if r.member[m] {
			return r.wrong("%s đã thuộc một nhóm; mỗi tên chỉ được vào một nhóm, một lần", "%s is in a group already; a name may be in one group, once", m)
		}
		r.member[m] = true
		q.members = append(q.members, known)
	}
	r.names[name] = q
	return nil
}

func (r *policyReader) threshold(text string, members int) (quorum, error) {
	switch text {
	case "any":
		return quorum{threshold: 1}, nil
	case "all":
		return quorum{threshold: members}, nil
	}
	k, err := strconv.Atoi(text)
	if err != nil || strconv.Itoa(k) != text || k < 1 || k > members {
		return quorum{}, r.wrong("ngưỡng %q phải là any, all hoặc một số từ 1 đến %d", "the threshold %q is any, all or a number from 1 to %d", text, members)
	}
	return quorum{threshold: k}, nil
}

func (r *policyReader) quorum(name string) error {
	if r.asked {
		return r.wrong("đã có một dòng quorum", "there is a quorum line already")
	}
	r.asked = true
	if name == "none" {
		return nil // the zero quorum, which nobody needs to sign
	}
	q, ok := r.names[name]
	if !ok {
		return r.wrong("%s chưa được nêu ở dòng nào trên đây", "%s is on no line above", name)
	}
	r.policy.quorum = q
	return nil
}

// free says why a name can't be given: it is the quorum's word for nobody, or another's.
func (r *policyReader) free(name string) error {
	if _, taken := r.names[name]; taken || name == "none" {
		return r.wrong("tên %s đã dùng; hãy đặt tên khác", "the name %s is taken; choose another", name)
	}
	return nil
}

func (r *policyReader) done() (*Policy, error) {
	r.line = 0
	if !r.asked {
		return nil, r.wrong("thiếu dòng quorum", "there is no quorum line")
	}
	if !r.policy.Reachable(func(Witness) bool { return true }) {
		return nil, r.wrong("số tối thiểu chỉ đạt được với khóa ML-DSA, mà chương trình này không kiểm được; hãy thêm khóa Ed25519",
			"the quorum can be reached only with ML-DSA keys, which this program does not verify; add Ed25519 keys")
	}
	return r.policy, nil
}

func (r *policyReader) wrong(vi, en string, args ...any) error {
	var whereVI, whereEN string
	if r.line > 0 {
		whereVI, whereEN = fmt.Sprintf(", dòng %d", r.line), fmt.Sprintf(", line %d", r.line)
	}
	return &PolicyError{Line: r.line, text: domain.Text{
		VI: "Chính sách niêm phong" + whereVI + ": " + fmt.Sprintf(vi, args...),
		EN: "The log policy" + whereEN + ": " + fmt.Sprintf(en, args...),
	}}
}
