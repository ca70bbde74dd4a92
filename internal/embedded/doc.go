// Package embedded runs what the program needs beside itself when nobody has set it up: a NATS server inside the process and a private
// PostgreSQL cluster in a directory of its own. Both listen to nobody but this machine, and neither outlives the process. It also
// guards a data directory with a lock, so that only one process at a time runs servers on it.
package embedded
