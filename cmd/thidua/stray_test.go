package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/rogpeppe/go-internal/testscript"
)

// strayCmd puts a message that is no event on the stream of the running server, past the log: `stray SUBJECT TEXT`.
func strayCmd(ts *testscript.TestScript, _ bool, args []string) {
	content, err := os.ReadFile(filepath.Join(ts.Getenv("THIDUA_DATA_DIR"), "server.json"))
	ts.Check(err)
	var server struct{ NATS, Token string }
	ts.Check(json.Unmarshal(content, &server))
	nc, err := nats.Connect(server.NATS, nats.Token(server.Token))
	ts.Check(err)
	defer nc.Close()
	answer, err := nc.Request(args[0], []byte(args[1]), 5*time.Second)
	ts.Check(err)
	if bytes.Contains(answer.Data, []byte("error")) {
		ts.Fatalf("%s", answer.Data)
	}
}

// exitsCmd runs a command that must end with a code: `exits CODE PROGRAM ARGUMENTS`.
func exitsCmd(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	code := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("it ends with %d, want %d", code, want)
	}
}
