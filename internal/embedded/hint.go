package embedded

// Hint is what a person can do about a failure, in both languages.
type Hint struct {
	VI string
	EN string
}

// SetupError is a failure of the machine's set-up that the person in front of it can mend. It keeps the kind of the error it wraps.
type SetupError struct {
	err  error
	hint Hint
}

// Error says what is wrong and, in English, what to do.
func (e *SetupError) Error() string { return e.err.Error() + ": " + e.hint.EN }

// Unwrap gives what is wrong without the hint.
func (e *SetupError) Unwrap() error { return e.err }

// Hint says what to do.
func (e *SetupError) Hint() Hint { return e.hint }
