// Command webhook receives deliveries, verifies each with the public library of Standard Webhooks, and prints the events that it believes, a line each.
//
//	WEBHOOK_SECRET=whsec_… webhook -listen 127.0.0.1:9000 -count N
//
// It is a module of its own, as a team's program is. A real one keeps the webhook-id with what it does, in one transaction: a delivery can come twice.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// mostBytes is the longest body that is read; an event has less.
const mostBytes = 1 << 20

func main() {
	listen := flag.String("listen", "127.0.0.1:9000", "address to receive at")
	count := flag.Int("count", 0, "end after so many events; 0 goes on for ever")
	flag.Parse()
	if err := serve(*listen, *count, os.Getenv("WEBHOOK_SECRET")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serve receives until there were so many events.
func serve(listen string, count int, secret string) error {
	hook, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		return err
	}
	enough, stop := context.WithCancel(context.Background())
	defer stop()
	r := &receiver{hook: hook, count: count, stop: stop, seen: map[string]bool{}}
	server := &http.Server{Addr: listen, Handler: r, ReadTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	context.AfterFunc(enough, func() {
		patience, giveUp := context.WithTimeout(context.Background(), 5*time.Second)
		defer giveUp()
		ended <- server.Shutdown(patience)
	})
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-ended
}

// receiver prints what it believes, each event once.
type receiver struct {
	hook  *standardwebhooks.Webhook
	count int
	stop  context.CancelFunc

	mu   sync.Mutex
	seen map[string]bool // by webhook-id
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, mostBytes))
	if err == nil {
		err = r.hook.Verify(body, request.Header)
	}
	if err != nil {
		http.Error(w, "not believed", http.StatusUnauthorized)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if id := request.Header.Get("webhook-id"); !r.seen[id] {
		r.seen[id] = true
		fmt.Println(string(body))
	}
	w.WriteHeader(http.StatusNoContent)
	if len(r.seen) == r.count {
		r.stop()
	}
}
