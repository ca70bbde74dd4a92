package analytics_test

import (
	"errors"
	"testing"

	"github.com/lib/pq"
)

// forbidden is what an analyst must not be able to do, by what it would be.
func forbidden() map[string][]string {
	return map[string][]string{
		"other schemas": {
			"SELECT * FROM read.value_v1", "SELECT * FROM read.audit_v1", "SELECT * FROM private.sensitive_criterion", "SELECT * FROM frame.checkpoint",
			"SELECT * FROM frame.goose_db_version", "SELECT * FROM p_facts_1.value", "SELECT * FROM p_people_2.text", "SELECT * FROM p_audit_1.audit",
			"SELECT * FROM analytics_rules.line", "SELECT * FROM analytics_rules.small", "COPY read.value_v1 TO STDOUT", "TABLE p_keys_1.key",
		},
		"secrets of the server": {
			"SELECT * FROM pg_authid", "SELECT * FROM pg_shadow", "SELECT * FROM pg_statistic", "SELECT * FROM pg_largeobject", "SELECT * FROM pg_user_mapping",
			"SELECT * FROM pg_subscription", "SELECT * FROM pg_hba_file_rules", "SELECT * FROM pg_file_settings",
		},
		"writing": {
			"INSERT INTO private.sensitive_criterion VALUES ('s', 'c')", "DELETE FROM frame.checkpoint", "TRUNCATE p_facts_1.value", "UPDATE p_facts_1.value SET value = 1",
			"INSERT INTO analytics.position_v1 VALUES ('v', 1)", "UPDATE analytics.dim_unit_v1 SET name_vi = ''", "DELETE FROM analytics.fact_value_v1",
			"SELECT lo_create(0)", "SELECT lo_creat(-1)", "SELECT lo_from_bytea(0, 'x')", "SELECT lo_put(1, 0, 'x')", "SELECT lo_import('/etc/passwd')", "SELECT lo_export(1, '/tmp/x')",
			"SELECT lo_open(1, 131072)", "SELECT lowrite(0, 'x')", "SELECT pg_logical_emit_message(false, 'x', 'y')",
		},
		"making things": {
			"CREATE TABLE mine (n int)", "CREATE TABLE analytics.mine (n int)", "CREATE TABLE public.mine (n int)", "CREATE VIEW public.mine AS SELECT 1",
			"CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "CREATE SCHEMA mine", "CREATE TEMPORARY TABLE mine (n int)", "SELECT 1 AS n INTO TEMPORARY mine",
			"CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "CREATE DATABASE mine", "CREATE EXTENSION dblink", "CREATE PUBLICATION p FOR ALL TABLES",
			"CREATE OR REPLACE VIEW analytics.fact_value_v1 AS SELECT 1",
		},
		"changing things": {
			"DROP VIEW analytics.fact_value_v1", "DROP TABLE frame.lease", "ALTER TABLE analytics.fact_value_v1 OWNER TO CURRENT_USER", "COMMENT ON VIEW analytics.fact_value_v1 IS ''",
			"ALTER VIEW analytics.fact_value_v1 SET (security_barrier = false)", "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()", "SELECT pg_rotate_logfile()",
			"SELECT pg_switch_wal()", "SELECT pg_create_restore_point('x')", "SELECT pg_stat_reset()",
		},
		"files and programs of the server": {
			"COPY (SELECT 1) TO '/tmp/x'", "COPY (SELECT 1) TO PROGRAM 'cat'", "COPY position_v1 FROM '/etc/passwd'", "COPY position_v1 FROM PROGRAM 'id'",
			"SELECT pg_read_file('PG_VERSION')", "SELECT pg_read_binary_file('PG_VERSION')", "SELECT pg_ls_dir('.')", "SELECT pg_ls_logdir()", "SELECT pg_ls_waldir()",
			"SELECT pg_ls_tmpdir()", "SELECT pg_stat_file('PG_VERSION')", "LOAD '/tmp/x.so'",
		},
		"being somebody else": {
			"SET ROLE thidua", "SELECT set_config('role', 'thidua', false)", "SET SESSION AUTHORIZATION thidua", "CREATE ROLE mine", "ALTER ROLE thidua NOLOGIN",
			"ALTER ROLE CURRENT_USER CONNECTION LIMIT 100", "ALTER ROLE CURRENT_USER SUPERUSER", "GRANT thidua TO CURRENT_USER", "GRANT pg_read_all_data TO CURRENT_USER",
			"SET session_replication_role = replica",
		},
		"what holds an analyst down": {"SET temp_file_limit = -1", "SET log_statement = 'all'", "ALTER ROLE CURRENT_USER SET temp_file_limit = -1"},
		"the workers' way": {
			"SELECT pg_advisory_lock(1)", "SELECT pg_try_advisory_lock(1, 2)", "SELECT pg_advisory_xact_lock_shared(1)", "SELECT pg_advisory_unlock_all()", "SELECT pg_sleep(1000)", "SELECT pg_notify('x', 'y')",
			"BEGIN; LOCK TABLE frame.checkpoint", "BEGIN; LOCK TABLE analytics.fact_value_v1 IN ACCESS EXCLUSIVE MODE", "BEGIN; LOCK TABLE analytics.fact_value_v1 IN SHARE MODE",
			"BEGIN; LOCK TABLE pg_class IN EXCLUSIVE MODE", "BEGIN; SELECT * FROM analytics.dim_unit_v1 FOR UPDATE",
			"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'thidua'", "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = 'thidua'",
		},
	}
}

// All of it is refused for want of a right (or because it is no table), also when the analyst has taken back what a session begins with.
func TestAnalystIsRefusedEverythingElse(t *testing.T) {
	t.Parallel()
	db := database(t)
	a, name := analyst(t, db)
	const loose = "SET default_transaction_read_only = off; SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0"
	if _, err := a.ExecContext(t.Context(), loose); err != nil {
		t.Fatal(err)
	}
	for what, statements := range forbidden() {
		for _, statement := range statements {
			if _, err := a.ExecContext(t.Context(), statement); !denied(err) {
				t.Errorf("%s: %s gives %v, want that the right to it is denied", what, statement, err)
			}
			_, _ = a.ExecContext(t.Context(), "ROLLBACK") // where one was begun
		}
	}
	var seen []string
	if err := a.SelectContext(t.Context(), &seen, "SELECT query FROM pg_stat_activity WHERE usename <> $1 AND query NOT IN ('', '<insufficient privilege>')", name); err != nil || len(seen) > 0 {
		t.Errorf("an analyst sees the statements of others: %v, %v", seen, err)
	}
	const granted = "GRANT SELECT ON analytics.fact_value_v1 TO PUBLIC" // only a warning tells that it did nothing
	if _, err := a.ExecContext(t.Context(), granted); err != nil {
		t.Fatal(err)
	}
	var open bool
	if err := db.GetContext(t.Context(), &open, "SELECT EXISTS (SELECT FROM pg_class, aclexplode(relacl) WHERE relname = 'fact_value_v1' AND grantee = 0)"); err != nil || open {
		t.Errorf("an analyst has given everybody the view: %v, %v", open, err)
	}
}

// denied reports whether a statement failed for want of a right, or because it writes to what is a view.
func denied(err error) bool {
	var refused *pq.Error
	return errors.As(err, &refused) && (refused.Code.Name() == "insufficient_privilege" || refused.Code.Name() == "object_not_in_prerequisite_state")
}
