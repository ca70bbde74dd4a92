package embedded_test

import (
	"errors"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"thidua/internal/embedded"
)

func startNATS(t *testing.T, config embedded.NATSConfig) *embedded.NATS {
	t.Helper()
	server, err := embedded.StartNATS(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	return server
}

func openJetStream(t *testing.T, server *embedded.NATS) jetstream.JetStream {
	t.Helper()
	conn, err := server.Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

func TestNATSKeepsItsStreamsOverARestart(t *testing.T) {
	config := embedded.NATSConfig{Dir: filepath.Join(t.TempDir(), "nats")}
	first := startNATS(t, config)
	js := openJetStream(t, first)
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "EMULATION", Subjects: []string{"em.>"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(t.Context(), "em.season.2019", []byte("opened")); err != nil {
		t.Fatal(err)
	}
	first.Stop()

	stream, err := openJetStream(t, startNATS(t, config)).Stream(t.Context(), "EMULATION")
	if err != nil {
		t.Fatal(err)
	}
	message, err := stream.GetMsg(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("opened", string(message.Data)); diff != "" {
		t.Errorf("message 1 (-want +got):\n%s", diff)
	}
}

func TestNATSListensToNobodyUnlessAsked(t *testing.T) {
	server := startNATS(t, embedded.NATSConfig{Dir: t.TempDir()})
	if got := server.URL(); got != "" {
		t.Errorf("URL is %q, want none", got)
	}
}

func TestNATSListenerAsksForTheToken(t *testing.T) {
	server := startNATS(t, embedded.NATSConfig{Dir: t.TempDir(), Listen: true, Token: "lúa-nước"})
	address, err := url.Parse(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	if address.Hostname() != "127.0.0.1" || address.Port() == "" || address.User != nil {
		t.Errorf("URL is %s, want a port of 127.0.0.1 and no token", address)
	}
	if _, err := nats.Connect(server.URL()); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("connecting without the token gave %v, want %v", err, nats.ErrAuthorization)
	}
	conn, err := nats.Connect(server.URL(), nats.Token("lúa-nước"))
	if err != nil {
		t.Fatalf("connecting with the token: %v", err)
	}
	conn.Close()
	openJetStream(t, server) // inside the process the token is presented by itself
}

func TestNATSRefusesAListenerWithoutAToken(t *testing.T) {
	if server, err := embedded.StartNATS(t.Context(), embedded.NATSConfig{Dir: t.TempDir(), Listen: true}); err == nil {
		server.Stop()
		t.Error("a listener without a token started")
	}
}

func TestNATSSaysWhyItCannotStart(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "jetstream"), []byte("a file where a directory must be"), 0o600); err != nil {
		t.Fatal(err)
	}
	server, err := embedded.StartNATS(t.Context(), embedded.NATSConfig{Dir: dir})
	if err == nil {
		server.Stop()
		t.Fatal("a server without a place for its files started")
	}
	if want := "storage directory"; !strings.Contains(err.Error(), want) {
		t.Errorf("the error is %q, want it to tell of the %s", err, want)
	}
}

func TestNATSTellsItsLogger(t *testing.T) {
	log, read := capture(slog.LevelDebug)
	startNATS(t, embedded.NATSConfig{Dir: t.TempDir(), Logger: log}).Stop()
	if got := read(); !containsLine(got, "nats: Server is ready") {
		t.Errorf("the log has no line that the server is ready:\n%s", got)
	}
}

func TestNATSIsQuietWhenAllIsWell(t *testing.T) {
	log, read := capture(slog.LevelInfo)
	startNATS(t, embedded.NATSConfig{Dir: t.TempDir(), Logger: log}).Stop()
	if diff := cmp.Diff("", read()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}
