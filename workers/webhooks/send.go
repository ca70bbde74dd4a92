package webhooks

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// What is read of an answer, in bytes: its head, and of its body enough to use the connection again. Nothing of it is kept.
const (
	answerHead = 32 << 10
	answerBody = 64 << 10
)

// message is what is sent to an endpoint.
type message struct {
	id   string
	body []byte
}

// answer is what became of an attempt. Fault is a word for why there was no answer, "" where there was one.
type answer struct {
	begun  time.Time
	took   time.Duration
	status int
	fault  string
	rest   time.Duration // asked for
}

func (a answer) delivered() bool { return a.status >= 200 && a.status < 300 }

// client makes the HTTP client of an endpoint: no proxy, since the guard must see the address that is really connected to; no redirects, since they lead
// where nobody looked; nothing of an answer is unpacked.
func (w *Webhooks) client(allowPrivate bool) *http.Client {
	dialer := &net.Dialer{Timeout: w.cfg.Pace.Attempt, Control: guard(allowPrivate), Resolver: w.cfg.Resolver}
	return &http.Client{
		Timeout:       w.cfg.Pace.Attempt,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: w.cfg.Roots},
			MaxConnsPerHost:        w.cfg.Pace.AtOnce,
			MaxIdleConnsPerHost:    w.cfg.Pace.AtOnce,
			IdleConnTimeout:        time.Minute,
			MaxResponseHeaderBytes: answerHead,
			DisableCompression:     true,
		},
	}
}

// send makes one attempt. Whatever happens is in the answer; the error says that the message could not even be made.
func (w *Webhooks) send(ctx context.Context, client *http.Client, to Endpoint, secrets []string, m message) (a answer, err error) {
	a.begun = w.cfg.Now()
	signature, err := Sign(secrets, m.id, a.begun, m.body)
	if err != nil {
		return a, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.URL, bytes.NewReader(m.body))
	if err != nil {
		return a, errors.New("webhooks: the URL of an endpoint can't be read") // which says what it is
	}
	request.Header.Set("content-type", "application/cloudevents+json")
	request.Header.Set("user-agent", "thidua-webhooks")
	request.Header.Set("webhook-id", m.id)
	request.Header.Set("webhook-timestamp", strconv.FormatInt(a.begun.Unix(), 10))
	request.Header.Set("webhook-signature", signature)
	response, err := client.Do(request)
	if err == nil {
		_, err = io.Copy(io.Discard, io.LimitReader(response.Body, answerBody))
		_ = response.Body.Close()
		a.status, a.rest = response.StatusCode, w.cfg.Pace.asked(response.Header.Get("retry-after"), a.begun)
	}
	a.took = w.cfg.Now().Sub(a.begun)
	if err != nil && !a.delivered() { // what was taken was taken, also where the rest of the answer was cut off
		a.fault = faultOf(err)
	}
	return a, nil
}

// faultOf says in a word what was wrong. The errors themselves have the URL in them.
func faultOf(err error) string {
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var handshake tls.RecordHeaderError
	var alert tls.AlertError
	var authority x509.UnknownAuthorityError
	var timeout net.Error
	var dial *net.OpError
	switch {
	case errors.Is(err, errAddress):
		return "address"
	case errors.As(err, &name):
		return "name"
	case errors.As(err, &certificate), errors.As(err, &handshake), errors.As(err, &alert), errors.As(err, &authority):
		return "tls"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	case errors.As(err, &dial) && dial.Op == "dial":
		return "connect"
	}
	return "cut"
}
