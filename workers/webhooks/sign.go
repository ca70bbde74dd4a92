package webhooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"thidua/domain"
)

// secretPrefix and secretSize are those of Standard Webhooks, which asks for 24 to 64 random bytes.
const (
	secretPrefix = "whsec_"
	secretSize   = 32
)

// newSecret draws a secret, in the form in which the endpoint's owner is told it.
func newSecret(random io.Reader) (string, error) {
	var key [secretSize]byte
	if _, err := io.ReadFull(random, key[:]); err != nil {
		return "", fmt.Errorf("webhooks: secret: %w", err)
	}
	return secretPrefix + base64.StdEncoding.EncodeToString(key[:]), nil
}

// Sign returns the header webhook-signature of a message (Standard Webhooks, symmetric signatures): one signature for each secret, separated by spaces.
// The error is of kind domain.ErrInvalid where a secret has not the form.
func Sign(secrets []string, id string, at time.Time, body []byte) (string, error) {
	signatures := make([]string, 0, len(secrets))
	for _, secret := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
		if err != nil || len(key) == 0 {
			return "", fmt.Errorf("webhooks: a secret is not of the form %s…: %w", secretPrefix, domain.ErrInvalid)
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		mac.Write(body)
		signatures = append(signatures, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(signatures, " "), nil
}
