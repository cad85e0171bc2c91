package front

import (
	"crypto/rand"
	"slices"
	"strings"
)

// The page's own policy for what it loads (Content-Security-Policy) is not to keep the
// script out, and is loosened for nothing else: a nonce of the page's is taken over; where
// the policy does not allow the script by its address, that address is added.
//
// A policy in the document itself (<meta>) stands after the script, which it does not
// concern; what the script connects to must be allowed by it, as 'self' does.

// A policy is a value of the header: directives in their order.
type policy []directive

type directive struct {
	name    string
	sources []string
}

func parsePolicy(s string) (p policy) {
	for part := range strings.SplitSeq(s, ";") {
		if words := strings.Fields(part); len(words) > 0 {
			p = append(p, directive{strings.ToLower(words[0]), words[1:]})
		}
	}
	return p
}

func (p policy) String() string {
	var parts []string
	for _, d := range p {
		parts = append(parts, strings.Join(append([]string{d.name}, d.sources...), " "))
	}
	return strings.Join(parts, "; ")
}

// sources returns what the first of these directives that there is allows.
func (p policy) sources(names ...string) (sources []string, ok bool) {
	for _, name := range names {
		for _, d := range p {
			if d.name == name {
				return d.sources, true
			}
		}
	}
	return nil, false
}

// allow adds sources to what the directive name allows, which others stand for if it is
// not there.
func (p policy) allow(name string, before, sources []string) policy {
	before = slices.DeleteFunc(slices.Clone(before), func(s string) bool { return strings.EqualFold(s, "'none'") })
	with := directive{name, append(before, sources...)}
	if i := slices.IndexFunc(p, func(d directive) bool { return d.name == name }); i >= 0 {
		p = slices.Clone(p)
		p[i] = with
		return p
	}
	return append(slices.Clip(p), with)
}

func contains(sources []string, word string) bool {
	return slices.ContainsFunc(sources, func(s string) bool { return strings.EqualFold(s, word) })
}

// nonceOf returns the first nonce among sources, "" if there is none.
func nonceOf(sources []string) string {
	for _, s := range sources {
		if n, ok := strings.CutPrefix(s, "'nonce-"); ok {
			n = strings.TrimSuffix(n, "'")
			odd := func(r rune) bool {
				return !strings.ContainsRune("+/=_-", r) && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
			}
			if n != "" && !strings.ContainsFunc(n, odd) {
				return n
			}
		}
	}
	return ""
}

var scriptDirectives = []string{"script-src-elem", "script-src", "default-src"}

// allowScript changes the policies of a response so that the script is allowed. It returns
// the nonce that the script's tag has to have, if any; ok is false if the page allows no
// scripts at all.
func allowScript(h *head, host string) (nonce string, ok bool) {
	isPolicy := func(name string) bool {
		return name == "content-security-policy" || name == "content-security-policy-report-only"
	}
	var all []policy
	for _, f := range h.fields {
		if name, value := split(f); isPolicy(strings.ToLower(name)) {
			for one := range strings.SplitSeq(value, ",") {
				all = append(all, parsePolicy(one))
			}
		}
	}
	dynamic := false
	for _, p := range all {
		if flags, boxed := p.sources("sandbox"); boxed && !contains(flags, "allow-scripts") {
			return "", false
		}
		sources, _ := p.sources(scriptDirectives...)
		if nonce == "" {
			nonce = nonceOf(sources)
		}
		dynamic = dynamic || contains(sources, "'strict-dynamic'")
	}
	if dynamic && nonce == "" {
		nonce = rand.Text()
	}
	h.change(func(name, value, field string) string {
		if !isPolicy(name) {
			return field
		}
		var changed []string
		for one := range strings.SplitSeq(value, ",") {
			p := parsePolicy(one)
			if q := p.allowScript(host, nonce).allowSocket(host); q.String() != p.String() {
				one = q.String()
			}
			changed = append(changed, strings.TrimSpace(one))
		}
		before, _, _ := strings.Cut(field, ":")
		return before + ": " + strings.Join(changed, ", ")
	})
	return nonce, true
}

func (p policy) allowScript(host, nonce string) policy {
	sources, restricted := p.sources(scriptDirectives...)
	dynamic := contains(sources, "'strict-dynamic'")
	byNonce := nonce != "" && contains(sources, "'nonce-"+nonce+"'")
	byAddress := !dynamic && (contains(sources, "'self'") || contains(sources, "*"))
	switch {
	case !restricted, byNonce, byAddress:
		return p
	}
	add := host + scriptPath
	if dynamic || nonceOf(sources) != "" {
		add = "'nonce-" + nonce + "'"
	}
	name := "script-src-elem"
	if _, ok := p.sources(name); !ok {
		if _, ok := p.sources("script-src"); ok {
			name = "script-src"
		}
	}
	return p.allow(name, sources, []string{add})
}

func (p policy) allowSocket(host string) policy {
	sources, restricted := p.sources("connect-src", "default-src")
	if !restricted || contains(sources, "'self'") || contains(sources, "*") {
		return p
	}
	return p.allow("connect-src", sources, []string{
		"ws://" + host + socketPath, "wss://" + host + socketPath, host + openPath})
}
