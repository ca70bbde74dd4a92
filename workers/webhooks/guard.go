package webhooks

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"
)

// errAddress says that an endpoint lies at an address that nothing is sent to.
var errAddress = errors.New("nothing is sent to this address")

// Addresses that are no place on the public internet, or lead to another one that is none (IANA special-purpose address registries, RFC 6890). Of IPv6 only
// 2000::/3 is given out at all, so the rest needs no list: loopback, mapped IPv4, 64:ff9b::, unique local, link-local, multicast lie outside.
func notPublic() []netip.Prefix {
	return prefixes(
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
		"192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"168.63.129.16/32", // metadata of a cloud, although public by its number
		"2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
	)
}

// allowable are the addresses of a network of one's own, which an operator may allow for an endpoint. Link-local ones are not among them: the
// metadata of clouds, with their keys, lie there.
func allowable() []netip.Prefix {
	return prefixes("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
}

// metadata are addresses within those where clouds answer with keys.
func metadata() []netip.Prefix { return prefixes("100.100.100.200/32", "fd00:ec2::/32") }

func prefixes(texts ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		all[i] = netip.MustParsePrefix(text)
	}
	return all
}

func within(address netip.Addr, all []netip.Prefix) bool {
	for _, p := range all {
		if p.Contains(address) {
			return true
		}
	}
	return false
}

// judgeAddress judges whether something may be sent to an address.
func judgeAddress(address netip.Addr, allowPrivate bool) error {
	public := address.Is4() || netip.MustParsePrefix("2000::/3").Contains(address)
	ok := address.Zone() == "" && public && !within(address, notPublic())
	if allowPrivate && address.Zone() == "" {
		ok = ok || within(address, allowable()) && !within(address, metadata())
	}
	if !ok {
		return fmt.Errorf("webhooks: %s: %w", address, errAddress)
	}
	return nil
}

// guard judges the address that is really connected to, whatever its name led to when it was looked at before.
func guard(allowPrivate bool) func(network, address string, _ syscall.RawConn) error {
	return func(network, address string, _ syscall.RawConn) error {
		if network != "tcp4" && network != "tcp6" {
			return fmt.Errorf("webhooks: network %s: %w", network, errAddress)
		}
		place, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("webhooks: %w: %w", errAddress, err)
		}
		return judgeAddress(place.Addr(), allowPrivate)
	}
}
