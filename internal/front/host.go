package front

import (
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
)

// Who may ask gorun's own paths: the page's own origin, and nobody else.
//
// A page of elsewhere whose name its owner has made to lead to this machine (DNS rebinding)
// is the page's own origin by all that a browser knows. So a name must be one that nobody
// can own: an address, this machine's, or in a domain that is set apart (RFC 6761, 6762,
// 8375, and .internal).

var ownDomains = []string{"localhost", "test", "local", "internal", "home.arpa", "example", "invalid"}

// isLocalHost reports whether a Host header names this machine and cannot be another's.
func isLocalHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.Trim(strings.TrimSuffix(name, "."), "[]"))
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	if own, err := os.Hostname(); err == nil && strings.EqualFold(name, own) {
		return true
	}
	return slices.ContainsFunc(ownDomains, func(d string) bool { return name == d || strings.HasSuffix(name, "."+d) })
}

// isOwnPage reports whether a request may come from a page of the program's. Whoever changes
// something, or opens a socket, must name its origin.
func (r *request) isOwnPage(mustSay bool) bool {
	if !isLocalHost(r.get("Host")) {
		return false
	}
	switch r.get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		return false
	}
	origin, given := r.lookUp("Origin")
	if !given {
		return !mustSay
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && u.Host == r.get("Host")
}
