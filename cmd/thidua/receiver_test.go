package main_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// receiver is somebody's endpoint in a script.
type receiver struct {
	mu       sync.Mutex
	messages []delivered
}

// delivered is a message that came.
type delivered struct {
	header http.Header
	body   []byte
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return // the sender is gone
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.messages = append(r.messages, delivered{request.Header, body})
	if strings.HasSuffix(request.URL.Path, "/gone") {
		w.WriteHeader(http.StatusGone)
	}
}

func (r *receiver) got() []delivered {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.messages)
}

// receiverCmd starts an endpoint, whose URL is in $HOOK: `receiver`.
func receiverCmd(ts *testscript.TestScript, _ bool, _ []string) {
	server := httptest.NewServer(ts.Value("receiver").(*receiver))
	ts.Defer(server.Close)
	ts.Setenv("HOOK", server.URL)
}

// deliveredCmd waits until the endpoint has all events of a file, and judges that it got them byte by byte, with signatures by the secrets of files, as the
// standard's own library has it: `delivered EVENTS SECRET...`. It forgets them then.
func deliveredCmd(ts *testscript.TestScript, _ bool, args []string) {
	want := sortedLines(ts.ReadFile(args[0]))
	r := ts.Value("receiver").(*receiver)
	for limit := time.Now().Add(30 * time.Second); len(r.got()) < len(want); {
		if time.Now().After(limit) {
			ts.Fatalf("%d messages came, want %d", len(r.got()), len(want))
		}
		<-time.After(20 * time.Millisecond)
	}
	var bodies bytes.Buffer
	for _, m := range r.got() {
		bodies.Write(append(m.body, '\n'))
		for _, name := range args[1:] {
			judge, err := standard.NewWebhook(strings.TrimSpace(ts.ReadFile(name)))
			ts.Check(err)
			if err := judge.Verify(m.body, m.header); err != nil {
				ts.Fatalf("%s does not verify what came: %v", name, err)
			}
		}
	}
	if diff := cmp.Diff(want, sortedLines(bodies.String())); diff != "" {
		ts.Fatalf("events (-want +got):\n%s", diff)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.messages = nil
}

func sortedLines(text string) []string {
	return slices.Sorted(strings.Lines(text))
}
