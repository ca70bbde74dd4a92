package workers_test

import (
	"strings"
	"testing"

	"thidua/workers"
)

func quiet(uint64, uint64) {}

// Verify finds what was changed behind everybody's back, and says where.
func TestVerifyFindsTampering(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, statement, check, says string }{
		{"a value", "UPDATE p_facts_1.value SET value = value + 1 WHERE position = 500", "read model facts", "table value has a row"},
		{"a row less", "DELETE FROM p_awards_1.hold", "read model awards", "table hold lacks a row"},
		{"a byte of the audit trail", `UPDATE p_audit_1.audit SET payload = payload || '\x20' WHERE position = 3`, "read model audit", "table audit"},
		{"a rank", "UPDATE p_standings_2.standing SET rank = 1 WHERE unit = 'ha-giang'", "read model standings", "ha-giang"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t)
			b.settled(t)
			b.exec(t, test.statement)
			verdict, err := workers.Verify(t.Context(), b.config("verifier"), "", quiet)
			if err != nil {
				t.Fatal(err)
			}
			if verdict.OK() {
				t.Fatal("verify found nothing")
			}
			for _, c := range verdict.Checks {
				if wrong := c.Name == test.check; c.OK == wrong {
					t.Errorf("%s: ok %v: %s", c.Name, c.OK, c.Detail)
				} else if wrong && !strings.Contains(c.Detail, test.says) {
					t.Errorf("%s says %q, want that it says %q", c.Name, c.Detail, test.says)
				}
			}
		})
	}
}

// A projection that was damaged is as the log says after a rebuild, while the workers go on.
func TestRebuild(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.settled(t)
	b.exec(t, "DELETE FROM p_facts_1.value WHERE position > 300")
	stop := b.run(t, b.config("live"))
	b.register(t, "before")
	if _, err := workers.Rebuild(t.Context(), b.only("rebuild", "facts"), quiet); err != nil {
		t.Fatal(err)
	}
	b.register(t, "after")
	b.caughtUp(t)
	verdict, err := workers.Verify(t.Context(), b.config("verifier"), "", quiet)
	if err != nil || !verdict.OK() {
		t.Errorf("verify after a rebuild: %v, %+v", err, verdict)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
