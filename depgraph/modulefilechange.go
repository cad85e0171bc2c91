package depgraph

import "github.com/gorun-dev/gorun/internal/stamp"

// compareDeciding compares a deciding path (go.mod, go.work, vendor, a link on the way)
// with what was known of it. Each change of one is a reload of the graph.
func (c *classifier) compareDeciding(path string, d decidingPath) {
	before := c.g.facts[path]
	now := c.g.set.readDeciding(path, d, before)
	detail := Detail{Path: path, Kind: Reload, Uncached: d.uncached}
	switch v := before.compare(now); {
	case d.link && before.target == now.target:
		detail.Kind, detail.Reason = None, "points where it did"
	case d.link:
		detail.Reason = d.what + " points elsewhere"
	case v == stamp.Same, v == stamp.Touched:
		if v == stamp.Touched && now.State == stamp.File {
			c.noteTouched(path)
		}
		c.noteTransient(path, now)
		detail.Kind, detail.Reason = None, d.what+": content is the same"
		if !now.Exists() {
			detail.Reason = d.what + ": still absent"
		}
	case now.err != nil, now.State == stamp.Unknown:
		detail.Reason = d.what + " cannot be read"
	case !before.Exists():
		detail.Reason = d.what + " appeared"
	case !now.Exists():
		detail.Reason, detail.Absent = d.what+" was removed", true
	default:
		detail.Reason = d.what + " changed"
	}
	if now.Stamp != before.Stamp || now.target != before.target || (now.err == nil) != (before.err == nil) {
		c.facts[path] = now
	}
	c.add(detail)
}
