package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"golang.org/x/crypto/ssh"
	"golang.org/x/term"

	"thidua/domain"
	"thidua/domain/signing"
)

// signFlags are what `sign` is asked for.
type signFlags struct{ key, out, newKey string }

func (a *app) signCommand() *cobra.Command {
	var f signFlags
	cmd := &cobra.Command{
		Use:   "sign STATEMENT --key FILE -o OUT | --new-key FILE",
		Short: "On the signer's own machine, without a server: sign a statement, or make the key to sign with",
		Long: "On the signer's own machine, without a server and without a data directory: sign what “thidua signature statement” or “thidua key statement” wrote.\n" +
			"It shows what is signed; from a pledge written with --json also the targets, whose digests it computes itself.\n" +
			"The key is an Ed25519 key in OpenSSH form or in PKCS #8 PEM. It never leaves this machine. The signature is a DSSE envelope.\n" +
			"--new-key makes a key in a file that only its owner can read, and prints what the server and the minutes need of it.\n" +
			"OpenSSH does the same: ssh-keygen -Y sign -n pledge@thidua.vn -f KEY STATEMENT. See docs/signing.md.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			switch {
			case f.newKey != "" && len(args) == 0:
				return a.newKey(f.newKey)
			case f.newKey == "" && len(args) == 1 && f.key != "":
				return a.sign(args[0], f)
			}
			return &usageError{domain.Text{
				VI: "Hãy nêu tệp nội dung và --key KHÓA, hoặc chỉ --new-key TỆP để tạo khóa", EN: "Name a statement and --key FILE, or only --new-key FILE to make a key",
			}}
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.key, "key", "", "file with the private key")
	flags.StringVarP(&f.out, "out", "o", "", "file for the signature (default: the answer)")
	flags.StringVar(&f.newKey, "new-key", "", "make a key and write it to this file")
	return cmd
}

// newKeyAnswer is the form of `sign --new-key --json`.
type newKeyAnswer struct {
	Public      string `json:"public_key"`
	Fingerprint string `json:"fingerprint"`
	Minutes     string `json:"minutes"` // the fingerprint as it is printed in minutes
}

func (a *app) newKey(name string) error {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	key, err := signing.NewPublicKey(public)
	if err != nil {
		return err
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		return err
	}
	if err := writeNew(name, pem.EncodeToMemory(block), 0o600); err != nil {
		return err
	}
	answer := newKeyAnswer{key.String(), key.ID(), signing.Grouped(key.ID())}
	if a.json {
		return a.answer(answer)
	}
	a.printf("Khóa riêng ở %s, chỉ chủ khóa đọc được. Giữ kín, không gửi cho ai; đặt mật khẩu: ssh-keygen -p -f %[1]s",
		"The private key is in %s, which only its owner can read. Keep it to yourself; give it a passphrase: ssh-keygen -p -f %[1]s", name)
	a.printf("Khóa công khai, để đăng ký:  %s", "Public key, to be registered:  %s", answer.Public)
	a.printf("Vân tay:  %s", "Fingerprint:  %s", answer.Fingerprint)
	a.printf("Vân tay để in vào biên bản:  %s", "Fingerprint for the minutes:  %s", answer.Minutes)
	return nil
}

// writeNew writes a file that was not there.
func writeNew(name string, content []byte, mode os.FileMode) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, os.ErrExist) {
		return &failure{domain.Text{VI: "Đã có tệp " + name + "; không ghi đè.", EN: name + " is there already; it is not overwritten."}}
	}
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Sync(), file.Close())
}

func (a *app) sign(name string, f signFlags) error {
	content, err := readLimited(name)
	if err != nil {
		return err
	}
	statement, document, err := statementIn(content)
	if err != nil {
		return err
	}
	key, err := a.privateKey(f.key)
	if err != nil {
		return err
	}
	if err := a.showStatement(statement, document); err != nil {
		return err
	}
	signature, err := signing.Sign(statement, key)
	if err != nil {
		return err
	}
	if f.out == "" {
		fmt.Fprintln(a.out, signature)
		return nil
	}
	if err := writeNew(f.out, []byte(signature+"\n"), 0o644); err != nil {
		return err
	}
	if a.json {
		return a.answer(map[string]string{"signature": f.out, "statement_sha256": statement.SHA256()})
	}
	a.printf("Đã ký; chữ ký ở %s", "Signed; the signature is in %s", f.out)
	return nil
}

// fileLimit is the most bytes of a file that is read whole.
const fileLimit = 1 << 20

// readLimited reads a small file.
func readLimited(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, fileLimit+1))
	if err == nil && len(content) > fileLimit {
		err = &failure{domain.Text{VI: "Tệp " + name + " quá lớn.", EN: name + " is too large."}}
	}
	return content, err
}

// statementIn reads a statement, or a document of `signature statement --json`, from whose pledge the statement is made anew.
func statementIn(content []byte) (signing.Statement, *statementAnswer, error) {
	var document statementAnswer
	if json.Unmarshal(content, &document) == nil && document.Statement != "" {
		statement, err := parseStatement([]byte(document.Statement))
		if err == nil && document.Pledge != nil {
			p := document.Pledge
			made := domain.PledgeStatement(p.Season, p.Unit, p.Targets, p.Ruleset.Digest())
			if !bytes.Equal(made.Bytes, statement.Bytes) {
				err = &failure{domain.Text{
					VI: "Nội dung cần ký không phải là của chỉ tiêu và quy chế ghi trong tệp. Đừng ký; hãy hỏi lại nơi gửi.",
					EN: "What is to be signed is not that of the targets and the ruleset in the file. Don't sign; ask who sent it.",
				}}
			}
		}
		return statement, &document, err
	}
	statement, err := parseStatement(bytes.TrimRight(content, "\r\n"))
	return statement, nil, err
}

// parseStatement reads a statement: canonical JSON of a kind that is signed.
func parseStatement(content []byte) (signing.Statement, error) {
	var members map[string]any
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	err := decoder.Decode(&members)
	canonical, errCanonical := domain.Canonical(members)
	kind, _ := members["type"].(string)
	if err != nil || errCanonical != nil || !bytes.Equal(canonical, content) || signing.KindOf(kind) == "" {
		return signing.Statement{}, &failure{domain.Text{
			VI: "Tệp không phải là nội dung để ký. Hãy lấy bằng “thidua signature statement” hoặc “thidua key statement”.",
			EN: "The file is no statement to be signed. Write one with “thidua signature statement” or “thidua key statement”.",
		}}
	}
	return signing.Statement{Kind: signing.KindOf(kind), Bytes: content}, nil
}

// showStatement tells the signer what is about to be signed.
func (a *app) showStatement(s signing.Statement, document *statementAnswer) error {
	a.tell("Nội dung được ký:", "What is signed:")
	fmt.Fprintf(a.err, "  %s\n", s.Bytes)
	if document == nil || document.Pledge == nil {
		return nil
	}
	table := tabwriter.NewWriter(a.err, 0, 0, 2, ' ', 0)
	for _, t := range document.Pledge.Targets {
		name := ""
		if c := document.Pledge.Ruleset.Criterion(t.Criterion); c != nil {
			name = a.say(c.Name.VI, c.Name.EN)
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\n", t.Criterion, a.number(t.Target), name)
	}
	return table.Flush()
}

// privateKey reads an Ed25519 key, and asks for its passphrase on a terminal where it has one.
func (a *app) privateKey(name string) (ed25519.PrivateKey, error) {
	content, err := readLimited(name)
	if err != nil {
		return nil, err
	}
	parsed, err := ssh.ParseRawPrivateKey(content)
	if _, locked := errors.AsType[*ssh.PassphraseMissingError](err); locked {
		passphrase, errAsk := a.askPassphrase(name)
		if errAsk != nil {
			return nil, errAsk
		}
		parsed, err = ssh.ParseRawPrivateKeyWithPassphrase(content, passphrase)
	}
	switch key := parsed.(type) {
	case *ed25519.PrivateKey:
		return *key, nil
	case ed25519.PrivateKey:
		return key, nil
	}
	return nil, &failure{domain.Text{
		VI: "Không đọc được khóa Ed25519 từ " + name + " (dạng OpenSSH hoặc PKCS #8 PEM" + reason(err) + ").",
		EN: "There is no Ed25519 key in " + name + " (in OpenSSH form or PKCS #8 PEM" + reason(err) + ").",
	}}
}

func reason(err error) string {
	if err == nil {
		return ""
	}
	return "; " + strings.TrimPrefix(err.Error(), "ssh: ")
}

func (a *app) askPassphrase(name string) ([]byte, error) {
	if stdin := int(os.Stdin.Fd()); term.IsTerminal(stdin) {
		fmt.Fprint(a.err, a.say("Mật khẩu của khóa: ", "Passphrase of the key: "))
		passphrase, err := term.ReadPassword(stdin)
		fmt.Fprintln(a.err)
		return passphrase, err
	}
	return nil, &failure{domain.Text{
		VI: "Khóa " + name + " có mật khẩu: hãy chạy lệnh này trên một cửa sổ dòng lệnh, hoặc ký bằng ssh-keygen -Y sign.",
		EN: "The key " + name + " has a passphrase: run this on a terminal, or sign with ssh-keygen -Y sign.",
	}}
}
