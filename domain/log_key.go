package domain

// LogKeyAnnounced says which key signs the log's checkpoints after the present one. It stands in the log's own stream, so that the key's successor is sealed by
// the key itself; who knows one key of the log finds the next.
type LogKeyAnnounced struct {
	// Key and Previous are verifier keys of signed notes: name+id+key (C2SP signed-note).
	Key      string `json:"key"`      // the verifier key that takes over
	Previous string `json:"previous"` // the verifier key before it
	// Announcement is a signed note that names the key, signed by both.
	Announcement string `json:"announcement"`
}

// Words is the type's name on the log.
func (*LogKeyAnnounced) Words() string { return "key.log-announced" }

// AnnounceLogKey says what is appended when a key is to take over from another.
func AnnounceLogKey(at Instant, e LogKeyAnnounced) Change {
	return Change{Stream: LogStream(), Time: at, Event: &e}
}
