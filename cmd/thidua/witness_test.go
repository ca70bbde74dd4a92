package main_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"thidua/internal/testenv"
)

// witnessCmd starts a witness of the log whose key is in a file, for as long as the script runs, and writes a policy into the data directory that asks for it:
//
//	witness KEYFILE
func witnessCmd(ts *testscript.TestScript, _ bool, args []string) {
	key := strings.TrimSpace(ts.ReadFile(args[0]))
	w, err := testenv.NewWitness("w.example/province", key)
	ts.Check(err)
	server := httptest.NewServer(w)
	ts.Defer(server.Close)
	policy := fmt.Sprintf("log %s\nwitness province %s %s/prefix\nquorum province\n", key, w.Key, server.URL)
	ts.Check(os.WriteFile(filepath.Join(ts.Getenv("THIDUA_DATA_DIR"), "policy.txt"), []byte(policy), 0o600))
}

// saysCmd waits until an address answers with some words:
//
//	says URL WORDS
func saysCmd(ts *testscript.TestScript, _ bool, args []string) {
	until(ts, func() (string, bool) {
		response, err := http.Get(args[0])
		if err != nil {
			return err.Error(), false
		}
		defer func() { _ = response.Body.Close() }()
		body, err := io.ReadAll(response.Body)
		return fmt.Sprintf("%s says %s, %v", args[0], body, err), strings.Contains(string(body), args[1])
	})
}

// signedCmd waits until the published checkpoint has so many signatures:
//
//	signed NUMBER
func signedCmd(ts *testscript.TestScript, _ bool, args []string) {
	until(ts, func() (string, bool) {
		note, err := os.ReadFile(filepath.Join(ts.Getenv("THIDUA_DATA_DIR"), "log", "checkpoint"))
		return fmt.Sprintf("%s, %v", note, err), strconv.Itoa(strings.Count(string(note), "\n— ")) == args[0]
	})
}

// until asks again and again until it is so, and fails with what was seen last.
func until(ts *testscript.TestScript, so func() (seen string, ok bool)) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(time.Minute); ; {
		seen, ok := so()
		if ok {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			ts.Fatalf("%s", seen)
		}
	}
}
