package embedded

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// What the server admits. Room on disk is bounded by the disk and by each stream's own limit, not by the server, which would
// otherwise reserve only what happened to be free when it started.
const (
	maxPayload = 1 << 20
	maxStore   = 1 << 50
	maxMemory  = 256 << 20
)

// authTimeout is how long who connects may take to say who he is, and who asks for guests to tell them.
const authTimeout = 5 * time.Second

// NATSConfig says how the server runs.
type NATSConfig struct {
	// Dir holds JetStream's files. It is made where it is missing.
	Dir string
	// Listen opens a listener on a free port of the loopback interface, for other processes of this machine. It needs a Token.
	Listen bool
	// Token is what every connection must present, but those of guests (Receive). Connect presents it by itself.
	Token string
	// Certificate gives the certificate for TLS, which guests must use then. It is asked at each handshake, so that one can be renewed. Nil is no TLS.
	Certificate func() (*tls.Certificate, error)
	// Logger takes the server's log. Nil discards it.
	Logger *slog.Logger
}

// NATS is a NATS server with JetStream inside this process.
type NATS struct {
	server   *server.Server
	config   NATSConfig
	door     atomic.Pointer[door]
	accounts sync.Mutex // of guests, one made at a time
}

// StartNATS starts a server that has recovered its streams and takes connections when it returns. Every write that it acknowledges
// has been synced to disk. The context bounds the start, not the life of the server: Stop ends that.
func StartNATS(ctx context.Context, config NATSConfig) (*NATS, error) {
	if config.Listen && config.Token == "" {
		return nil, errors.New("embedded: start NATS: a listener needs a token")
	}
	if err := os.MkdirAll(config.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("embedded: start NATS: %w", err)
	}
	n := &NATS{config: config}
	options := config.options()
	options.CustomClientAuthentication = gatekeeper{n}
	srv, err := server.NewServer(options)
	if err != nil {
		return nil, fmt.Errorf("embedded: start NATS: %w", err)
	}
	n.server = srv
	log := newNATSLog(config.Logger)
	srv.SetLogger(log, false, false)
	srv.Start()
	if err := errors.Join(log.fatal(), ctx.Err()); err != nil {
		n.Stop()
		return nil, fmt.Errorf("embedded: start NATS in %s: %w", config.Dir, err)
	}
	return n, nil
}

// options are the settings of the server. It takes no signals, for those belong to the program that it is a part of.
func (c NATSConfig) options() *server.Options {
	return &server.Options{
		ServerName:         "thidua",
		DontListen:         !c.Listen,
		Host:               "127.0.0.1",
		Port:               server.RANDOM_PORT,
		AuthTimeout:        authTimeout.Seconds(),
		AlwaysEnableNonce:  true, // guests sign it
		TLSConfig:          c.tls(),
		AllowNonTLS:        true,
		NoSigs:             true,
		MaxPayload:         maxPayload,
		JetStream:          true,
		JetStreamMaxStore:  maxStore,
		JetStreamMaxMemory: maxMemory,
		StoreDir:           c.Dir,
		SyncAlways:         true,
	}
}

// Connect opens a connection inside the process. The caller closes it.
func (n *NATS) Connect(options ...nats.Option) (*nats.Conn, error) {
	own := []nats.Option{nats.InProcessServer(n.server)}
	if n.config.Token != "" {
		own = append(own, nats.Token(n.config.Token))
	}
	conn, err := nats.Connect("", append(own, options...)...)
	if err != nil {
		return nil, fmt.Errorf("embedded: connect to NATS: %w", err)
	}
	return conn, nil
}

// URL is the address of the loopback listener, without the token and never for TLS; empty where the server does not listen.
func (n *NATS) URL() string {
	if !n.config.Listen {
		return ""
	}
	return "nats://" + n.server.Addr().String()
}

// Stop shuts the server down and waits until it has let go of its files. Connections should be closed before.
func (n *NATS) Stop() {
	n.server.Shutdown()
	n.server.WaitForShutdown()
}
