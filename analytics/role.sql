DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'thidua_analyst') THEN
        CREATE ROLE thidua_analyst NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL; -- another database of the server has made it at this moment
END
$$;

GRANT USAGE ON SCHEMA analytics TO thidua_analyst;
GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO thidua_analyst;

-- What everybody may do in a new database. The owner of the database and of the frame keeps it.
DO $$
BEGIN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO %I', current_database(), (SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'frame'));
EXCEPTION WHEN insufficient_privilege THEN
    NULL; -- the database belongs to somebody else
END
$$;

-- superuser: functions that take locks which the workers wait for, write, or keep a session busy with nothing.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
DO $$
DECLARE
    harmful regprocedure;
BEGIN
    FOR harmful IN
        SELECT oid::regprocedure FROM pg_proc
        WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f'
        AND proname ~ '^(pg_(try_)?advisory_|lo_|loread$|lowrite$|pg_logical_emit_message$|pg_notify$|pg_sleep)'
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', harmful);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s', harmful, (SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'frame'));
    END LOOP;
END
$$;
