package main_test

import (
	"encoding/json"
	"os"
	"os/exec"

	"github.com/rogpeppe/go-internal/testscript"
)

// asksCmd asks Postgres by the very command that `analyst add` gave, and prints what it answers, a column beside the other:
//
//	asks ANSWER STATEMENT
func asksCmd(ts *testscript.TestScript, neg bool, args []string) {
	var given struct{ Password, Command string }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &given))
	cmd := exec.Command("sh", "-c", given.Command+` -X -A -t -c "$STATEMENT"`)
	cmd.Env = append(os.Environ(), "PGPASSWORD="+given.Password, "STATEMENT="+args[1])
	cmd.Stdout, cmd.Stderr = ts.Stdout(), ts.Stderr()
	if err := cmd.Run(); (err != nil) != neg {
		ts.Fatalf("%s: psql ends with %v", args[1], err)
	}
}
