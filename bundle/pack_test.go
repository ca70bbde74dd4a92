package bundle_test

import (
	"bytes"
	"testing"

	"thidua/bundle"
)

// A bundle that is packed to be sent is the same bundle where it arrives.
func TestPack(t *testing.T) {
	t.Parallel()
	b, err := bundle.Open(t.Context(), "../examples/northern-border-2019")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close() }()
	var packed, again bytes.Buffer
	for _, to := range []*bytes.Buffer{&packed, &again} {
		if err := b.Pack(t.Context(), to); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(packed.Bytes(), again.Bytes()) {
		t.Error("the same bundle is packed into other bytes")
	}
	sent, err := bundle.OpenZip(t.Context(), "sent.zip", bytes.NewReader(packed.Bytes()), int64(packed.Len()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sent.Close() }()
	if got, want := sent.Digest(), b.Digest(); got != want {
		t.Errorf("the digest is %s, was %s", got, want)
	}
	if faults := sent.Judge(now); len(faults) > 0 {
		t.Errorf("it has faults: %v", faults)
	}
}
