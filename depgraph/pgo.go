package depgraph

import "path/filepath"

// findProfile adds the profile of -pgo, default.pgo of the main package unless
// another is named. It is an input whether it is there or not.
func (b *builder) findProfile() {
	main := b.g.packages[b.g.main]
	file, ok := b.set.flag("pgo")
	switch {
	case file == "off":
		return
	case !ok || file == "auto" || file == "":
		dir := main.Dir
		if b.set.byFiles() {
			dir = filepath.Dir(b.set.abs(b.set.cfg.Patterns[0]))
		}
		if dir == "" || !main.Watched {
			return
		}
		file = filepath.Join(dir, "default.pgo")
	default:
		file = b.set.abs(file)
	}
	if in := b.g.inputs[file]; in != nil {
		in.addUser(main.ID)
		return
	}
	b.g.inputs[file] = &input{kind: PGOProfile, users: []PackageID{main.ID}}
}
