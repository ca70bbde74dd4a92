package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"

	thidua "thidua/cmd/thidua"
)

// TestMain lets scripts and tests run the command line as a process of its own: the test binary under the name of thidua.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"thidua": func() { os.Exit(thidua.Run()) }})
}

func TestScripts(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			addresses, err := freeAddresses(2)
			if err != nil {
				return err
			}
			env.Setenv("EXAMPLE", filepath.Join(root, "examples", "northern-border-2019"))
			env.Setenv("EXPECTED", filepath.Join(root, "examples", "expected"))
			env.Setenv("CMS", filepath.Join(root, "seal", "cms", "testdata"))
			env.Setenv("CONTRACT", filepath.Join(root, "contract"))
			env.Setenv("RELEASED", filepath.Join(root, "eventlog", "envelope", "testdata", "released.jsonl"))
			env.Setenv("THIDUA_DATA_DIR", filepath.Join(env.WorkDir, "data"))
			env.Setenv("PUBLIC", addresses[0])
			env.Setenv("ADMIN", addresses[1])
			env.Setenv("LANG", "C.UTF-8")
			env.Values["receiver"] = &receiver{}
			env.Setenv("ACCOUNT", "$G") // of a private server, below which its streams are kept
			// Postgres runs as another user where the tests run as root: it must be able to reach its folder.
			return os.Chmod(env.WorkDir, 0o755)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"asks":      asksCmd,
			"cms":       cmsCmd,
			"delivered": deliveredCmd,
			"exits":     exitsCmd,
			"fetch":     fetchCmd,
			"holds":     holdsCmd,
			"ready":     readyCmd,
			"receiver":  receiverCmd,
			"sealed":    sealedCmd,
			"stray":     strayCmd,
			"says":      saysCmd,
			"signed":    signedCmd,
			"unzips":    unzipsCmd,
			"witness":   witnessCmd,
		},
	})
}

// holdsCmd judges that the answer (a JSON file, or stdout) has every field that another JSON file has, with the same value:
//
//	holds EXPECTED ANSWER
func holdsCmd(ts *testscript.TestScript, neg bool, args []string) {
	var want, got any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &want))
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &got))
	diff := cmp.Diff(want, only(want, got))
	if neg == (diff == "") {
		ts.Fatalf("(-want +got):\n%s", diff)
	}
}

// only reduces a JSON value to the fields that another has.
func only(want, got any) any {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return got
		}
		kept := map[string]any{}
		for name, value := range w {
			if have, ok := g[name]; ok {
				kept[name] = only(value, have)
			}
		}
		return kept
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return got
		}
		kept := make([]any, len(g))
		for i := range g {
			kept[i] = only(w[i], g[i])
		}
		return kept
	}
	return got
}

// readyCmd waits until the server of the data directory has announced itself: `ready`.
func readyCmd(ts *testscript.TestScript, _ bool, _ []string) {
	if err := await(filepath.Join(ts.Getenv("THIDUA_DATA_DIR"), "server.json")); err != nil {
		ts.Fatalf("%v", err)
	}
}
