package eventlog_test

import "testing"

// To ask whether one may append leaves nothing on the log.
func TestMayAppend(t *testing.T) {
	t.Parallel()
	log := open(t)
	if may, err := log.MayAppend(t.Context()); !may || err != nil {
		t.Errorf("the only user may append: %v, %v", may, err)
	}
	if last, err := log.Last(t.Context()); last != 0 || err != nil {
		t.Errorf("the log ends at %d, %v, want nothing on it", last, err)
	}
}
