package depgraph

import (
	"path/filepath"
	"strings"
)

// Without modules the go command searches for an import in the vendor directory of the
// importing package and of each directory above it up to GOPATH/src, then in each GOPATH
// (cmd/go/internal/load, VendoredImportPath). The first directory with a Go file in it is
// the package. So a copy that appears in an earlier place takes the place of the one that
// was found, and such places belong to the directories of the graph. Inside of a vendor
// directory that is not there yet there are no places: that it appears is a reload, and
// then there are.

// gopathMode reports whether the go command works without modules.
func (s *settings) gopathMode() bool {
	switch s.goenv["GO111MODULE"] {
	case "off":
		return true
	case "auto":
		return s.goenv["GOMOD"] == ""
	}
	return false
}

// findEarlierPlaces adds the places where a package of an import would be found before
// the one that is used; of an import that was not found, all its places.
func (b *builder) findEarlierPlaces() {
	if !b.set.gopathMode() {
		return
	}
	var roots []string // GOPATH/src
	for _, dir := range filepath.SplitList(b.set.goenv["GOPATH"]) {
		roots = append(roots, filepath.Join(dir, "src"))
	}
	for _, p := range b.g.packages {
		if !p.Watched || p.Dir == "" {
			continue
		}
		vendors := b.vendorsAbove(p.Dir, roots)
		for _, id := range p.Imports {
			b.addEarlierPlaces(b.g.packages[id], vendors, roots)
		}
	}
}

// vendorsAbove returns the vendor directories that an import of a package is searched in,
// the first one first. That one appears or goes is a reload.
func (b *builder) vendorsAbove(dir string, roots []string) (vendors []string) {
	for _, root := range roots {
		for _, root := range spellings(root) {
			if !under(root, dir) {
				continue
			}
			for up := range ancestors(dir) {
				v := filepath.Join(up, "vendor")
				b.search.add(v, "the vendor directory")
				if isDir(v) {
					vendors = append(vendors, v)
				}
				if up == root {
					return vendors
				}
			}
		}
	}
	return nil
}

func (b *builder) addEarlierPlaces(imp *Package, vendors, roots []string) {
	if imp == nil {
		return
	}
	path := filepath.FromSlash(withoutVendor(string(imp.ID)))
	dirs := vendors
	if imp.Watched { // a package of the standard library comes before those of GOPATH
		dirs = append(vendors[:len(vendors):len(vendors)], roots...)
	}
	for _, dir := range dirs {
		place := filepath.Join(dir, path)
		if place == imp.Dir {
			return
		}
		f := b.g.directories[place]
		if f == nil {
			f = b.ensureDirectory(place)
			f.earlier, f.noGoFile, f.noPackage = true, true, true
		}
		if f.earlier {
			f.addPackage(imp.ID)
			b.addUnlisted(place, f)
		}
	}
}

// withoutVendor is the path that an import declaration says for a package's ID.
func withoutVendor(id string) string {
	if i := strings.LastIndex(id, "/vendor/"); i >= 0 {
		return id[i+len("/vendor/"):]
	}
	return strings.TrimPrefix(id, "vendor/")
}
