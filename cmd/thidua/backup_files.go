package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"

	"thidua/domain"
)

// A backup is a folder. The log lies in it as it is, for it names nobody; all that can name a person is encrypted (age) to a key that was made for
// this backup, and that key, with the installation's secret, to the passphrase. The manifest has the digest of every file and is written last.
const (
	backupFormat    = 1
	manifestFile    = "manifest.json"
	logPart         = "log.events"
	disclosuresPart = "disclosures.age"
	evidencePart    = "evidence.age"
	privatePart     = "private.age"
	keysPart        = "keys.age"
)

// backupFiles lists the files that the manifest speaks of.
func backupFiles() []string {
	return []string{logPart, disclosuresPart, evidencePart, privatePart, keysPart}
}

// manifest says what a backup is of, and proves its files.
type manifest struct {
	Format     int               `json:"format"`
	Made       time.Time         `json:"made"`
	Origin     string            `json:"origin"`
	Epoch      string            `json:"epoch"` // of the log that was backed up; a restored one has another
	Position   domain.Position   `json:"position"`
	Migration  int64             `json:"migration"`
	Recipient  string            `json:"recipient"` // the key that the files are encrypted to
	Files      map[string]digest `json:"files"`
	Evidence   int               `json:"evidence"`
	Disclosure int               `json:"disclosures"`
}

// digest is the size of a file in bytes and its SHA-256 in hex.
type digest struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// backupKeys are what must never be read by others. They are encrypted to the passphrase.
type backupKeys struct {
	Identity string `json:"identity"` // that opens the other files
	Secret   string `json:"secret"`   // of the installation
}

// counted is a writer that takes the digest of what is written.
type counted struct {
	io.Writer
	hash hash.Hash
	size int64
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.hash.Write(p[:n])
	c.size += int64(n)
	return n, err
}

// writeDigested writes a file of a backup and returns its digest.
func writeDigested(path string, write func(io.Writer) error) (d digest, err error) {
	err = writeWhole(path, func(f *os.File) error {
		c := &counted{Writer: f, hash: sha256.New()}
		err := write(c)
		d = digest{c.size, hex.EncodeToString(c.hash.Sum(nil))}
		return err
	})
	return d, err
}

// writeEncrypted does the same for a file that only the recipient can read.
func writeEncrypted(path string, recipient age.Recipient, write func(io.Writer) error) (digest, error) {
	return writeDigested(path, func(w io.Writer) error {
		sealed, err := age.Encrypt(w, recipient)
		if err != nil {
			return err
		}
		return errors.Join(write(sealed), sealed.Close())
	})
}

// readManifest reads a backup's manifest and proves every file of it.
func readManifest(folder string, tell func(done, total uint64)) (*manifest, error) {
	content, err := os.ReadFile(filepath.Join(folder, manifestFile))
	if err != nil {
		return nil, notABackup(folder, err)
	}
	m := &manifest{}
	if err := json.Unmarshal(content, m); err != nil {
		return nil, notABackup(folder, err)
	}
	if m.Format != backupFormat {
		return nil, notABackup(folder, fmt.Errorf("format %d", m.Format))
	}
	for i, name := range backupFiles() {
		if err := m.prove(folder, name); err != nil {
			return nil, err
		}
		tell(uint64(i+1), uint64(len(m.Files)))
	}
	return m, nil
}

func notABackup(folder string, err error) error {
	return &failure{domain.Text{
		VI: fmt.Sprintf("%s không phải là một bản sao lưu đầy đủ: %v", folder, err), EN: fmt.Sprintf("%s is not a complete backup: %v", folder, err),
	}}
}

// prove judges that a file is the one that was written.
func (m *manifest) prove(folder, name string) error {
	f, err := os.Open(filepath.Join(folder, name))
	if err != nil {
		return notABackup(folder, err)
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	size, err := io.Copy(h, f)
	if err != nil {
		return err
	}
	if found := (digest{size, hex.EncodeToString(h.Sum(nil))}); found != m.Files[name] {
		return &failure{domain.Text{
			VI: fmt.Sprintf("Bản sao lưu bị hỏng hoặc bị sửa: tệp %s có %d byte, SHA-256 %s; theo manifest phải là %d byte, %s.", name, found.Size, found.SHA256, m.Files[name].Size, m.Files[name].SHA256),
			EN: fmt.Sprintf("The backup is damaged or was changed: the file %s has %d bytes with the SHA-256 %s; the manifest says %d bytes, %s.", name, found.Size, found.SHA256, m.Files[name].Size, m.Files[name].SHA256),
		}}
	}
	return nil
}

const passphraseVariable = "THIDUA_BACKUP_PASSPHRASE"

// passphrase reads the passphrase from a file, or from the environment. It is never on the command line, where every user of the machine sees it.
func (a *app) passphrase(file string) (string, error) {
	text := a.env(passphraseVariable)
	if file != "" {
		content, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		text = string(trimNewline(content))
	}
	if text == "" {
		return "", &usageError{domain.Text{
			VI: "Cần một mật khẩu: --passphrase-file TỆP, hoặc biến môi trường " + passphraseVariable,
			EN: "A passphrase is needed: --passphrase-file FILE, or the environment variable " + passphraseVariable,
		}}
	}
	return text, nil
}

func trimNewline(b []byte) []byte {
	for len(b) > 0 && (b[len(b)-1] == '\n' || b[len(b)-1] == '\r') {
		b = b[:len(b)-1]
	}
	return b
}
