package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// The limits of a listener: none lets one client hold it for long.
const (
	headerBytes = 16 << 10
	headerLimit = 5 * time.Second
	idleLimit   = time.Minute
	graceLimit  = 10 * time.Second
)

// Serve answers on a listener until ctx ends, then lets the requests that are under way end, for ten seconds at most. It closes the listener.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler: handler, MaxHeaderBytes: headerBytes,
		ReadHeaderTimeout: headerLimit, ReadTimeout: headerLimit, WriteTimeout: 2 * answerLimit, IdleTimeout: idleLimit,
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	grace, stop := context.WithTimeout(context.WithoutCancel(ctx), graceLimit)
	defer stop()
	err := server.Shutdown(grace)
	if err != nil {
		_ = server.Close()
	}
	if errServed := <-served; !errors.Is(errServed, http.ErrServerClosed) {
		err = errors.Join(err, errServed)
	}
	return err
}
