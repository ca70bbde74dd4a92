package domain

// The log keeps a stream of its own, for what is to be said of positions that belong to no stream of the field.

// LogStream is the stream of the log itself.
func LogStream() Stream { return Stream{Aggregate: AggregateLog} }
