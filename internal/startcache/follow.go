package startcache

// How a record follows the edits of a live gorun: what is recorded of everything else still holds, and of the
// files of the program the session of the direct way knows the contents that the executable was built from.
//
// Rejected: a recorder for each build, as for the first one. It asks the go command three times, and is not
// done when somebody starts the program again at once.

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/privatedir"
	"github.com/gorun-dev/gorun/internal/stamp"
)

// follow makes the record of k say that r was built. The error says why it cannot: where there is no record, or
// something else has changed since it was made.
func (x *Index) follow(k Key, r incremental.Recording) error {
	if err := privatedir.Check(x.cache, filepath.Join(indexName, recordName(k))); err != nil {
		return errors.New("there is no record")
	}
	data, err := os.ReadFile(x.file(k))
	if err != nil {
		return err
	}
	rec, err := decode(data)
	if err != nil {
		return err
	}
	if rec.unrecordable != "" {
		return errors.New(rec.unrecordable)
	}
	next := &record{
		live: !r.Exact, uncached: rec.uncached,
		entry: r.Exe.Entry(), name: filepath.Base(r.Exe.Path), path: r.Exe.PATH, environ: r.Exe.Environ,
		exe: exeMeta(r.Exe.Path),
	}
	same := true
	if next.directories, same, err = replaceFiles(rec.directories, r.Files); err != nil {
		return err
	}
	if diff, _ := next.check(quickly); diff != "" {
		return fmt.Errorf("%s is not as it was", diff)
	}
	if same && !rec.live && r.Exact {
		if old := x.store.Reuse(rec.entry, rec.name); old != nil && exeMeta(old.Path) == rec.exe {
			return errHolds
		}
	}
	if err := flush(r.Exe.Path); err != nil {
		return err
	}
	return x.write(k, next)
}

// errHolds says that a record says already what it is to say, of another executable of the same program.
var errHolds = errors.New("the record holds")

// replaceFiles returns directories in which the given files have other contents. Each of them must be there:
// one that decides nothing so far is a file that the record does not know of. same says that none differs.
func replaceFiles(list []directory, files map[string]stamp.Stamp) (next []directory, same bool, err error) {
	left := maps.Clone(files)
	same = true
	for _, f := range list {
		g := directory{path: f.path}
		c := f.cursor()
		for c.next() {
			it := c.item
			if s, ok := files[f.path+c.name]; ok && it.kind == itemFile {
				if !it.summed {
					return nil, false, fmt.Errorf("%s is recorded without its content", f.path+c.name)
				}
				same = same && it.sum == s.Sum
				it = item{kind: itemFile, summed: true, conclusive: s.Conclusive, meta: s.Meta, sum: s.Sum}
				delete(left, f.path+c.name)
			}
			g.add(c.name, it)
		}
		if c.rd.bad || g.count != f.count {
			return nil, false, errRecord
		}
		next = append(next, g)
	}
	if len(left) > 0 {
		return nil, false, fmt.Errorf("%s is not recorded", slices.Sorted(maps.Keys(left))[0])
	}
	return next, same, nil
}

// recordBuilt makes the record of what a live gorun has had the go command build. Its session of the direct way was
// prepared before that, and all that decides the build has been since what it was then: the graph says so of
// the listing and of the files that are watched, the session of those of other packages and of the toolchain.
func (r *Recorder) recordBuilt(ctx context.Context, b incremental.Recording) error {
	switch {
	case r.Versioned:
		return unrecordable("a version is recorded by a recorder")
	case b.Cgo != "":
		return unrecordable(b.Cgo + " is built with cgo: headers and libraries of the system decide")
	case b.Printed:
		return unrecordable("the go command prints something each time")
	}
	goenv := b.Listing.GoEnv
	if err := r.unrecordable(goenv); err != nil {
		return err
	}
	in := r.inputs()
	if err := in.addGraph(b.Listing); err != nil {
		return err
	}
	if err := in.addToolchain(ctx, r.Build.Go, goenv, r.localRoot); err != nil {
		return err
	}
	if err := in.addOutside(b.OtherFiles); err != nil {
		return err
	}
	if f := in.missing(slices.Sorted(maps.Keys(b.Files))); f != "" {
		return fmt.Errorf("%s is not listed", f)
	}
	rec := &record{directories: in.directories(), uncached: encodeUncached(b.Uncached)}
	var err error
	if rec.directories, _, err = replaceFiles(rec.directories, b.Files); err != nil {
		return err
	}
	if err := r.sameToolchain(b.Exe, goenv); err != nil {
		return err
	}
	if diff, _ := rec.check(quickly); diff != "" {
		return fmt.Errorf("%s changed while the record was made", diff)
	}
	if err := flush(b.Exe.Path); err != nil {
		return err
	}
	rec.entry, rec.name = b.Exe.Entry(), filepath.Base(b.Exe.Path)
	rec.path, rec.environ = b.Exe.PATH, b.Exe.Environ
	rec.exe = exeMeta(b.Exe.Path)
	return r.Index.write(r.Key, rec)
}
