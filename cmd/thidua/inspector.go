package main

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"thidua/domain"
)

// An inspector reads the events themselves by a token. The file of inspectors has a line for each: the SHA-256 of the token, and a name. Tokens have
// 130 random bits, so their digests can't be guessed; the file tells nobody what is in it all the same.
type inspector struct{ digest, name string }

func (a *app) inspectorsFile() string { return filepath.Join(a.dataDir, "inspectors") }

func (a *app) inspectorCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "inspector", Short: "Who may read the events of the sealed log over HTTP", Args: cobra.NoArgs}
	cmd.AddCommand(
		&cobra.Command{
			Use:   "add NAME",
			Short: "Make a token for an inspector and print it, once",
			Long: "Make a token for an inspector and print it, once: only its digest is kept. It is sent in the header Authorization: Bearer.\n" +
				"Name a body, such as thanh-tra-tinh, and not a person. A running server takes it at once.",
			Args: cobra.ExactArgs(1),
			RunE: func(_ *cobra.Command, args []string) error { return a.addInspector(args[0]) },
		},
		&cobra.Command{
			Use: "list", Short: "The inspectors that have a token", Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error { return a.listInspectors() },
		},
		&cobra.Command{
			Use: "remove NAME", Short: "Take an inspector's token back, at once", Args: cobra.ExactArgs(1),
			RunE: func(_ *cobra.Command, args []string) error { return a.removeInspector(args[0]) },
		},
	)
	return cmd
}

func (a *app) inspectors() ([]inspector, error) {
	content, err := os.ReadFile(a.inspectorsFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var all []inspector
	for line := range bytes.Lines(content) {
		if digest, name, ok := strings.Cut(strings.TrimSpace(string(line)), " "); ok {
			all = append(all, inspector{digest, name})
		}
	}
	return all, err
}

func (a *app) writeInspectors(all []inspector) error {
	var content strings.Builder
	for _, i := range all {
		fmt.Fprintf(&content, "%s %s\n", i.digest, i.name)
	}
	fresh := a.inspectorsFile() + ".new"
	if err := os.WriteFile(fresh, []byte(content.String()), 0o600); err != nil {
		return err
	}
	return os.Rename(fresh, a.inspectorsFile())
}

// inspects reports whether a token is an inspector's. It compares with every digest, each in the same time, so that the time tells nothing.
func (a *app) inspects(token string) bool {
	all, err := a.inspectors()
	if err != nil {
		a.log.Warn("the file of inspectors can't be read", "error", err)
		return false
	}
	given, found := []byte(tokenDigest(token)), 0
	for _, i := range all {
		found |= subtle.ConstantTimeCompare(given, []byte(i.digest))
	}
	return found == 1
}

func tokenDigest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

func (a *app) addInspector(name string) error {
	if !regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,62}$`).MatchString(name) {
		return &usageError{domain.Text{
			VI: "tên người kiểm tra gồm chữ thường không dấu, chữ số, dấu chấm và gạch nối, ví dụ thanh-tra-tinh",
			EN: "an inspector's name has small letters, digits, dots and hyphens, such as thanh-tra-tinh",
		}}
	}
	all, err := a.inspectors()
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(i inspector) bool { return i.name == name }) {
		return &failure{domain.Text{
			VI: name + " đã có mã. Hãy thu hồi mã cũ trước: thidua inspector remove " + name,
			EN: name + " has a token already. Take the old one back first: thidua inspector remove " + name,
		}}
	}
	if err := os.MkdirAll(a.dataDir, 0o711); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	token := rand.Text()
	if err := a.writeInspectors(append(all, inspector{tokenDigest(token), name})); err != nil {
		return err
	}
	if a.json {
		return a.answer(map[string]string{"name": name, "token": token})
	}
	a.printf("%s", "%s", token)
	a.tell("Mã này chỉ hiện một lần. Hãy trao cho %s bằng đường an toàn.", "This token is shown once. Give it to %s in a safe way.", name)
	return nil
}

func (a *app) listInspectors() error {
	all, err := a.inspectors()
	if err != nil {
		return err
	}
	names := []string{}
	for _, i := range all {
		names = append(names, i.name)
	}
	if a.json {
		return a.answer(map[string][]string{"inspectors": names})
	}
	for _, name := range names {
		a.printf("%s", "%s", name)
	}
	return nil
}

func (a *app) removeInspector(name string) error {
	all, err := a.inspectors()
	if err != nil {
		return err
	}
	left := slices.DeleteFunc(slices.Clone(all), func(i inspector) bool { return i.name == name })
	if len(left) == len(all) {
		return &failure{domain.Text{VI: "Không có người kiểm tra tên " + name + ".", EN: "There is no inspector of the name " + name + "."}}
	}
	return a.writeInspectors(left)
}
