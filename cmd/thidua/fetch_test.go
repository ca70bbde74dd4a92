package main_test

import (
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// fetchCmd gets a URL, waiting for somebody to listen there, and writes the body into a file: `fetch STATUS URL FILE [TOKENFILE]`.
func fetchCmd(ts *testscript.TestScript, _ bool, args []string) {
	client := http.Client{Timeout: 20 * time.Second}
	request, err := http.NewRequest(http.MethodGet, args[1], nil)
	ts.Check(err)
	if len(args) > 3 {
		request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(ts.ReadFile(args[3])))
	}
	response, err := client.Do(request)
	for limit := time.Now().Add(20 * time.Second); err != nil && time.Now().Before(limit); {
		<-time.After(20 * time.Millisecond)
		response, err = client.Do(request)
	}
	ts.Check(err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	ts.Check(err)
	if want, _ := strconv.Atoi(args[0]); response.StatusCode != want {
		ts.Fatalf("%s: status %d, want %d: %s", args[1], response.StatusCode, want, body)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), body, 0o600))
}

// freeAddresses finds loopback addresses that nobody listens on.
func freeAddresses(n int) (found []string, err error) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer func() { _ = l.Close() }()
		found = append(found, l.Addr().String())
	}
	return found, nil
}

// sealedCmd waits until the running server has sealed all that is recorded, and has it in the read models: `sealed`.
func sealedCmd(ts *testscript.TestScript, _ bool, _ []string) {
	for limit := time.Now().Add(20 * time.Second); ; {
		ts.Check(ts.Exec("thidua", "status", "--json"))
		status := ts.ReadFile("stdout")
		if strings.Contains(status, `"lag":0,"published"`) {
			return
		}
		if time.Now().After(limit) {
			ts.Fatalf("the log is not sealed: %s", status)
		}
		<-time.After(20 * time.Millisecond)
	}
}
