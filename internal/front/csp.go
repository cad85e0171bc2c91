package front

import (
	"crypto/rand"
	"strings"
)

// The page's own policy for what it loads (Content-Security-Policy) is not to keep the
// script out, and is loosened for nothing else: a nonce of the page's is taken over; where
// the policy does not allow the script by its address, that address is added.
//
// A policy in the document itself (<meta>) stands after the script, which it does not
// concern; what the script connects to must be allowed by it, as 'self' does.

// A policy is one value of the header: directives in their order.
type policy []directive

// A directive is its name, in small letters, and after it what it allows.
type directive []string

func parsePolicy(s string) (p policy) {
	for _, part := range strings.Split(s, ";") {
		if d := strings.Fields(part); len(d) > 0 {
			d[0] = strings.ToLower(d[0])
			p = append(p, d)
		}
	}
	return p
}

func (p policy) String() string {
	var parts []string
	for _, d := range p {
		parts = append(parts, strings.Join(d, " "))
	}
	return strings.Join(parts, "; ")
}

// find returns the first of these directives that there is, nil if there is none.
func (p policy) find(names ...string) directive {
	for _, name := range names {
		for _, d := range p {
			if d[0] == name {
				return d
			}
		}
	}
	return nil
}

// allows reports whether one of these words is among what a directive allows.
func (d directive) allows(words ...string) bool {
	for _, s := range d {
		for _, word := range words {
			if strings.EqualFold(s, word) {
				return true
			}
		}
	}
	return false
}

// allow adds sources to what the directive name allows, for which like stands if it is not
// there.
func (p *policy) allow(name string, like directive, sources ...string) {
	d := directive{name}
	for _, s := range like[1:] {
		if !strings.EqualFold(s, "'none'") {
			d = append(d, s)
		}
	}
	d = append(d, sources...)
	for i, old := range *p {
		if old[0] == name {
			(*p)[i] = d
			return
		}
	}
	*p = append(*p, d)
}

// nonce returns the first nonce of a directive, "" if there is none.
func (d directive) nonce() string {
	for _, s := range d {
		n, ok := strings.CutPrefix(s, "'nonce-")
		n = strings.TrimSuffix(n, "'")
		if ok && n != "" && strings.Trim(n, nonceLetters) == "" {
			return n
		}
	}
	return ""
}

const nonceLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-"

// script returns the directive that says which scripts are allowed, nil if there is none.
func (p policy) script() directive { return p.find("script-src-elem", "script-src", "default-src") }

func isPolicy(field string) bool {
	return strings.EqualFold(field, "Content-Security-Policy") ||
		strings.EqualFold(field, "Content-Security-Policy-Report-Only")
}

// allowScript changes the policies of a response so that the script is allowed. It returns
// the nonce that the script's tag has to have, if any; ok is false if the page allows no
// scripts at all.
func allowScript(h *head, host string) (nonce string, ok bool) {
	dynamic := false
	for _, f := range h.fields {
		name, value := split(f)
		if !isPolicy(name) {
			continue
		}
		for _, one := range strings.Split(value, ",") {
			p := parsePolicy(one)
			if box := p.find("sandbox"); box != nil && !box.allows("allow-scripts") {
				return "", false
			}
			d := p.script()
			if nonce == "" {
				nonce = d.nonce()
			}
			dynamic = dynamic || d.allows("'strict-dynamic'")
		}
	}
	if dynamic && nonce == "" {
		nonce = rand.Text()
	}
	h.change(func(name, value, field string) string {
		if !isPolicy(name) {
			return field
		}
		list := strings.Split(value, ",")
		for i, one := range list {
			p := parsePolicy(one)
			scripts, sockets := p.allowScript(host, nonce), p.allowSocket(host)
			if scripts || sockets {
				one = p.String()
			}
			list[i] = strings.TrimSpace(one)
		}
		before, _, _ := strings.Cut(field, ":")
		return before + ": " + strings.Join(list, ", ")
	})
	return nonce, true
}

// allowScript reports whether it had to add something.
func (p *policy) allowScript(host, nonce string) bool {
	d := p.script()
	dynamic := d.allows("'strict-dynamic'")
	byNonce := nonce != "" && d.allows("'nonce-"+nonce+"'")
	if d == nil || byNonce || !dynamic && d.allows("'self'", "*") {
		return false
	}
	add := host + scriptPath
	if dynamic || d.nonce() != "" {
		add = "'nonce-" + nonce + "'"
	}
	name := d[0]
	if name == "default-src" {
		name = "script-src-elem"
	}
	p.allow(name, d, add)
	return true
}

// allowSocket reports whether it had to add something.
func (p *policy) allowSocket(host string) bool {
	d := p.find("connect-src", "default-src")
	if d == nil || d.allows("'self'", "*") {
		return false
	}
	p.allow("connect-src", d, "ws://"+host+socketPath, "wss://"+host+socketPath, host+openPath)
	return true
}
