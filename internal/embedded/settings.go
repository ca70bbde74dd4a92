package embedded

// port names the socket's file; the server listens on no network.
const port = "5432"

// settings are the server's parameters, each as name=value, chosen for two cores and a machine that has other work too.
func settings(durable bool) []string {
	common := []string{
		"listen_addresses=",
		"unix_socket_permissions=0700",
		"max_connections=60",
		"shared_buffers=128MB",
		"max_parallel_workers_per_gather=0",  // its workers need more of /dev/shm than a container has
		"max_parallel_maintenance_workers=0", // indexes are made where every processor has work
		"jit=off",
		"timezone=UTC",
		"log_timezone=UTC",
		// The log may tell of the server, never of what is in the tables: no statements, no errors of sessions (which quote values) and no
		// details (which quote rows).
		"logging_collector=off",
		"log_destination=stderr",
		"log_statement=none",
		"log_min_messages=log",
		"log_min_error_statement=panic",
		"log_error_verbosity=terse",
		"log_checkpoints=off",
	}
	if durable {
		return append(common, "fsync=on", "synchronous_commit=on", "full_page_writes=on",
			// Room for a catch-up, which writes much at once: what does not fit is written out by who should be computing.
			"shared_buffers=256MB", "wal_buffers=16MB", "max_wal_size=2GB")
	}
	return append(common,
		"fsync=off",
		"synchronous_commit=off",
		"full_page_writes=off",
		"wal_level=minimal",
		"max_wal_senders=0",
		"autovacuum=off",
	)
}
