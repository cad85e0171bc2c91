package depgraph

import "path/filepath"

// compareLeftOut says what follows from another content of a file that was left out when
// the graph was loaded.
func (c *classifier) compareLeftOut(d *Detail, before, now fact) {
	d.Kind = Reload
	name := string(d.Packages[0])
	// It may have been let in since the graph was loaded: then a build has used it.
	counted := before.Exists() && before.verdict.Included
	switch {
	case now.verdict.Err != nil && now.Exists():
		d.Reason = "breaks package " + name + ": " + now.verdict.Err.Error()
	case before.verdict.Err != nil:
		d.Reason = "does not break package " + name + " any more"
	case now.err != nil && !counted:
		d.Kind, d.Reason = None, "cannot be read"
	case kindOf(d.Path) == Go && c.g.directories[filepath.Dir(d.Path)].noGoFile && !now.verdict.Included:
		d.Reason = changeWord(before, now) + " in the directory of package " + name + ", which has no file in the build"
	case !now.Exists() && counted:
		d.Reason = "removed from package " + name
	case !now.Exists() && before.uncertain:
		d.Reason = "removed, perhaps from package " + name
	case !now.Exists():
		d.Kind, d.Reason = None, "was removed, was not in the build"
	case now.verdict.Included:
		d.Reason = "now a file of package " + name
		if now.verdict.Reason != "" {
			d.Reason += ": " + now.verdict.Reason
		}
	case now.uncertain && !sameConstraint(before, now):
		d.Reason = "perhaps a file of package " + name + ": " + now.verdict.Reason
	case before.uncertain && !sameConstraint(before, now):
		d.Reason = "perhaps left package " + name + ": " + now.verdict.Reason
	case counted:
		d.Reason = "left package " + name + " again: " + now.verdict.Reason
	default:
		d.Kind, d.Reason = None, now.verdict.Reason
	}
	if d.Kind == None {
		c.noteTouched(d.Path)
	}
}

func sameConstraint(before, now fact) bool {
	return before.header != nil && now.header != nil && before.header.constraint == now.header.constraint
}
