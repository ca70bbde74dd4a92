package embedded

import (
	"os"
	"path/filepath"
)

// AnalystRole is the role whose members are let in with their password and no other way. Who else comes is let in without: only the owner of the
// socket's directory can.
const AnalystRole = "thidua_analyst"

// whoMayConnect is the server's pg_hba.conf; the first line that fits decides. Analysts have nothing to do with the other databases that there are.
const whoMayConnect = `# Written anew at each start.
# TYPE  DATABASE   USER               METHOD
local   template1  +` + AnalystRole + `    reject
local   all        +` + AnalystRole + `    scram-sha-256
local   all        all                trust
`

// admit says who may connect to the server of the cluster, one that was made by an earlier version too. A death half-way leaves the file as it was.
func (c *cluster) admit() error {
	name := filepath.Join(c.data(), "pg_hba.conf")
	draft := name + ".new"
	if err := os.WriteFile(draft, []byte(whoMayConnect), 0o600); err != nil {
		return err
	}
	if err := c.account.own(draft); err != nil {
		return err
	}
	return os.Rename(draft, name)
}
