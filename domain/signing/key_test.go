package signing_test

import (
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"thidua/domain/signing"
)

// weak are the points of small order in every writing (the list of libsodium), without the sign of x.
var weak = []string{
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
}

// Under a key of small order anybody can sign: this is shown for each of them, and each is refused as a key.
func TestWeakKeysAreRefused(t *testing.T) {
	for _, y := range weak {
		for _, sign := range []byte{0, 0x80} {
			point, err := hex.DecodeString(y)
			if err != nil {
				t.Fatal(err)
			}
			point[31] |= sign
			_, err = signing.NewPublicKey(point)
			refused(t, y, err)
		}
	}
	for _, y := range weak[:5] {
		if point, _ := hex.DecodeString(y); !signable(point) {
			t.Errorf("%s is not weak: nobody can sign in its place", y)
		}
	}
	_, err := signing.NewPublicKey(make([]byte, 31))
	refused(t, "a short key", err)
}

// signable looks for something over which S = 0 and a point of small order are a signature.
func signable(point []byte) bool {
	for n := range 200 {
		for _, r := range weak {
			for _, sign := range []byte{0, 0x80} {
				sig := make([]byte, ed25519.SignatureSize)
				_, _ = hex.Decode(sig, []byte(r))
				sig[31] |= sign
				if ed25519.Verify(point, fmt.Append(nil, n), sig) {
					return true
				}
			}
		}
	}
	return false
}

func TestParsePublicKeyRefuses(t *testing.T) {
	text := keygen(t).String()
	for name, bad := range map[string]string{
		"a comment": text + " lan", "a line end": text + "\n", "another algorithm": strings.Replace(text, "ed25519", "ed448", 1), "nothing": "",
		"cut": text[:len(text)-4], "more": text + "AAAA", "raw": "ssh-ed25519 " + strings.Repeat("A", 44),
	} {
		_, err := signing.ParsePublicKey(bad)
		refused(t, name, err)
	}
}

func TestFingerprints(t *testing.T) {
	id := keygen(t).ID()
	grouped := signing.Grouped(id)
	if len(strings.Fields(grouped)) != 16 || strings.ReplaceAll(grouped, " ", "") != signing.Hex(id) {
		t.Errorf("on paper: %s", grouped)
	}
	for _, same := range []string{id, grouped, strings.ToUpper(grouped), " " + signing.Hex(id)} {
		if got := signing.IDOf(same); got != id {
			t.Errorf("%q is read as %q, want %s", same, got, id)
		}
	}
	for _, other := range []string{"", "SHA256:", id[:len(id)-1], id + "A", "MD5:" + id[7:], grouped[:70]} {
		if got := signing.IDOf(other) + signing.Hex(other); got != "" {
			t.Errorf("%q is read as %q", other, got)
		}
	}
}

func TestMinutes(t *testing.T) {
	id, other := keygen(t).ID(), public(t, private("alpha")).ID()
	text := "\ufeff# Biên bản hội nghị cụm 2019\r\n\r\nson-la " + id + "\nha-giang " + signing.Grouped(other) + " 2019-01-01 2019-12-31 # bà A\n" +
		"cao-bang " + other + " 2019-01-01T08:00:00+07:00\nrevoked: " + id + " 2019-06-01\n"
	m, err := signing.ParseMinutes(text)
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		moment, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return moment
	}
	first, last := at("2018-12-31T17:00:00Z"), at("2019-12-31T23:59:59+07:00")
	for _, tt := range []struct {
		unit, id string
		from, to time.Time
		want     bool
	}{
		{"son-la", id, at("2000-01-01T00:00:00Z"), at("2100-01-01T00:00:00Z"), true},
		{"son-la", other, first, last, false},
		{"ha-giang", id, first, last, false},
		{"ha-giang", other, first, last, true},
		{"ha-giang", other, first.Add(-time.Second), last, false},
		{"ha-giang", other, first, last.Add(time.Second), false},
		{"cao-bang", other, at("2019-01-01T01:00:00Z"), at("2100-01-01T00:00:00Z"), true},
		{"cao-bang", other, first, last, false},
	} {
		if got := m.Confirm(tt.unit, tt.id, tt.from, tt.to); got != tt.want {
			t.Errorf("%s %s from %s to %s: %v", tt.unit, tt.id, tt.from, tt.to, got)
		}
	}
	since, revoked := m.Revoked(id)
	if diff := cmp.Diff(at("2019-06-01T00:00:00+07:00"), since); diff != "" || !revoked {
		t.Errorf("revoked %v since (-want +got):\n%s", revoked, diff)
	}
	if _, revoked := m.Revoked(other); revoked || m.Empty() {
		t.Error("what is not there is there, or the other way round")
	}
	if empty, err := signing.ParseMinutes("# nothing\n"); err != nil || !empty.Empty() {
		t.Errorf("nothing is read as something: %v", err)
	}
}

func TestMinutesRefused(t *testing.T) {
	id := keygen(t).ID()
	for name, line := range map[string]string{
		"no fingerprint": "son-la", "no unit": id, "half a fingerprint": "son-la 1234 5678", "another form of unit": "Sơn-La " + id,
		"no date": "son-la " + id + " soon", "a second date that is none": "son-la " + id + " 2019-01-01 later", "three dates": "son-la " + id + " 2019-01-01 2019-01-02 2019-01-03",
		"revoked since no moment": "revoked: " + id, "revoked between": "revoked: " + id + " 2019-01-01 2019-01-02", "too long": strings.Repeat("# \n", 1<<20),
	} {
		_, err := signing.ParseMinutes(line)
		refused(t, name, err)
	}
}
