package webhooks_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"thidua/workers/webhooks"
)

func TestAddresses(t *testing.T) {
	t.Parallel()
	const public, own, never = "public", "own network", "never"
	tests := map[string]string{
		"93.184.216.34": public, "1.1.1.1": public, "172.32.0.1": public, "100.128.0.1": public, "2606:4700:4700::1111": public, "2400:cb00::1": public,
		"10.1.2.3": own, "172.16.0.1": own, "172.31.255.255": own, "192.168.1.1": own, "127.0.0.1": own, "127.255.0.1": own, "100.64.0.1": own,
		"100.127.255.255": own, "::1": own, "fd12:3456::1": own, "fc00::1": own,
		"0.0.0.0": never, "0.1.2.3": never, "::": never, "169.254.169.254": never, "169.254.0.1": never, "fe80::1": never, "fe80::1%eth0": never, "febf::1": never,
		"fec0::1": never, "224.0.0.1": never, "239.255.255.255": never, "ff02::1": never, "255.255.255.255": never, "240.0.0.1": never,
		"::ffff:10.0.0.1": never, "::ffff:127.0.0.1": never, "::ffff:93.184.216.34": never, "::127.0.0.1": never,
		"64:ff9b::a00:1": never, "64:ff9b:1::1": never, "2002:a00:1::1": never, "2001::1": never, "2001:db8::1": never, "3fff::1": never, "100::1": never, "5f00::1": never,
		"192.0.0.192": never, "192.0.2.1": never, "192.88.99.1": never, "198.18.0.1": never, "198.19.255.255": never, "198.51.100.1": never, "203.0.113.1": never,
		"168.63.129.16": never, "100.100.100.200": never, "fd00:ec2::254": never,
	}
	for text, want := range tests {
		address := netip.MustParseAddr(text)
		got := never
		switch {
		case webhooks.JudgeAddress(address, false) == nil:
			got = public
		case webhooks.JudgeAddress(address, true) == nil:
			got = own
		}
		if got != want {
			t.Errorf("%s is taken for %q, want %q", text, got, want)
		}
		if got == public && webhooks.JudgeAddress(address, true) != nil {
			t.Errorf("%s is refused where private addresses are allowed too", text)
		}
	}
}

func TestURLs(t *testing.T) {
	t.Parallel()
	b := newBed(t, webhooks.Pace{})
	tests := []struct {
		url            string
		public, anyway bool // whether it is taken; whether it is where private addresses are allowed
	}{
		{"https://hooks.example.vn/thidua?key=s3cr3t", true, true},
		{"https://93.184.216.34:8443/", true, true},
		{"https://localhost/hook", true, true}, // what it leads to is judged when it is connected to
		{"http://hooks.example.vn/", false, true},
		{"https://127.0.0.1/", false, true},
		{"https://[fd12::1]/", false, true},
		{"https://[::ffff:10.0.0.1]/", false, false},
		{"https://169.254.169.254/latest/meta-data", false, false},
		{"https://user:pass@hooks.example.vn/", false, false},
		{"https://user@hooks.example.vn/", false, false},
		{"https://hooks.example.vn/#part", false, false},
		{"https://hooks.example.vn:0/", false, false},
		{"https://hooks.example.vn:65536/", false, false},
		{"ftp://hooks.example.vn/", false, false},
		{"file:///etc/passwd", false, false},
		{"//hooks.example.vn/", false, false},
		{"https:hooks.example.vn", false, false},
		{"hooks.example.vn", false, false},
		{"https://", false, false},
		{"", false, false},
		{"https://hooks.example.vn/%zz", false, false},
		{"https://hooks.example.vn/" + strings.Repeat("a", 2000), false, false},
	}
	for i, test := range tests {
		for allow, want := range map[bool]bool{false: test.public, true: test.anyway} {
			e := webhooks.Endpoint{Name: fmt.Sprintf("n%d-%v", i, allow), URL: test.url, AllowPrivate: allow}
			_, secret, err := b.hooks.Add(t.Context(), e)
			if (err == nil) != want || want != strings.HasPrefix(secret, "whsec_") {
				t.Errorf("%.60s (private addresses allowed: %v) is taken: %v, %v, want %v", test.url, allow, err == nil, err, want)
			}
			if err != nil {
				isRefusal(t, err)
				if strings.Contains(err.Error(), "pass") && strings.Contains(err.Error(), "user:") {
					t.Errorf("the refusal tells the password: %v", err)
				}
			}
		}
	}
}

// A name that led to a public address when somebody looked leads to this machine when something is to be sent there: nothing arrives.
func TestRebinding(t *testing.T) {
	t.Parallel()
	b := newBed(t, webhooks.Pace{})
	names := newNames(t, "93.184.216.34", "127.0.0.1")
	r := receive(t, status(http.StatusOK))
	cfg := b.config(webhooks.Pace{})
	cfg.Resolver = names.resolver()
	b.hooks = webhooks.New(cfg)
	looked, err := cfg.Resolver.LookupNetIP(t.Context(), "ip4", "hooks.example.vn.")
	if err != nil || len(looked) != 1 || webhooks.JudgeAddress(looked[0].Unmap(), false) != nil {
		t.Fatalf("the name first leads to %v, %v", looked, err)
	}
	_, port, err := net.SplitHostPort(r.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	name, _, err := b.hooks.Add(t.Context(), webhooks.Endpoint{URL: "https://hooks.example.vn.:" + port + "/"})
	if err != nil {
		t.Fatal(err)
	}
	b.report(t, "unit", 1)
	b.round(t, name)
	if got := len(r.got()); got != 0 {
		t.Errorf("%d calls came to this machine", got)
	}
	rows, err := b.hooks.Attempts(t.Context(), name, 10)
	if err != nil || len(rows) != 1 || rows[0].Fault != "address" || rows[0].Status != 0 {
		t.Errorf("the delivery log has %+v, %v; want one attempt that failed for its address", rows, err)
	}
	if names.asked.Load() < 2 {
		t.Error("the name was not looked up again")
	}
}

// names is a name server that gives one address after the other, the last one for ever.
type names struct {
	asked   atomic.Int64
	address string
	answers []netip.Addr
}

func newNames(t *testing.T, answers ...string) *names {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &names{address: conn.LocalAddr().String()}
	for _, a := range answers {
		n.answers = append(n.answers, netip.MustParseAddr(a))
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		query := make([]byte, 1500)
		for {
			size, from, err := conn.ReadFrom(query)
			if err != nil {
				return
			}
			if _, err := conn.WriteTo(n.answer(query[:size]), from); err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-ended
	})
	return n
}

// answer answers a query (RFC 1035, 4): with an address where one is asked for, else with nothing.
func (n *names) answer(query []byte) []byte {
	const header = 12
	end := header
	for query[end] != 0 {
		end += int(query[end]) + 1
	}
	end += 5 // the root, type and class
	question := query[header:end]
	reply := append([]byte{query[0], query[1], 0x84, 0, 0, 1, 0, 0, 0, 0, 0, 0}, question...)
	if binary.BigEndian.Uint16(question[len(question)-4:]) != 1 {
		return reply
	}
	i := min(int(n.asked.Add(1)), len(n.answers)) - 1
	reply[7] = 1
	reply = append(reply, 0xc0, header, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
	return append(reply, n.answers[i].AsSlice()...)
}

func (n *names) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", n.address)
	}}
}
