package ready

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
)

// answers asks a URL once. Any answer of 2xx or 3xx counts, the page that a
// redirection leads to does not: it may be somebody else's.
//
// Each question has a connection of its own, for which Dial answers; none goes
// through a proxy. Certificates are not looked at on loopback addresses, where a
// developer's own are usual.
func (p *Probe) answers(ctx context.Context, dial Dial) error {
	transport := &http.Transport{
		DialContext:       dial,
		DisableKeepAlives: true,
		ForceAttemptHTTP2: true,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: isLoopback(p.url.Hostname())},
	}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url.String(), nil)
	if err != nil {
		return err
	}
	req.Header.Set("User-Agent", "gorun-ready")
	if user := p.url.User; user != nil {
		password, _ := user.Password()
		req.SetBasicAuth(user.Username(), password)
	}
	resp, err := transport.RoundTrip(req) // follows nothing
	if err != nil {
		return fmt.Errorf("%s: %w", p.url.Redacted(), cause(err))
	}
	resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode > 399 {
		return fmt.Errorf("%s: %s", p.url.Redacted(), resp.Status)
	}
	return nil
}
