package live

import (
	"cmp"
	"fmt"
	"time"

	"github.com/gorun-dev/gorun/incremental"
)

// A Version is one build of the program, with everything that starting it needs.
type Version struct {
	Exe      *incremental.Executable
	How      string    // how it was built
	Graph    Graph     // what it was built from; nil if nothing can be compared with that
	Settings *Settings // that it was built under, or newer ones that build the same
	Reason   string    // why it was built, in the words of the reload line

	found  time.Time // when it was found, if an earlier gorun has built it and go build has not confirmed it
	reload *reload   // that it was built in
	upTo   int       // the newest change that it has in it
	alone  bool      // it cannot start while the program before it runs (overlap.go)
}

// A restart is a start of the executable that there is: a file that the program reads
// itself was saved, somebody asked for it, or the program ended and should not have.
type restart struct {
	reload    *reload // that it belongs to
	reason    string  // in the words of the reload line
	files     bool    // nothing but files asked for it: if they are undone, nothing is to be done
	lasting   bool    // files or settings asked for it: what they say holds also after a start that fails
	confirmed bool    // the files are not undone
}

// reloadOf is the reload that a start belongs to: that of the restart, of the version, or else the
// newest.
func reloadOf(r *restart, v Version, newest *reload) *reload {
	if r != nil {
		return r.reload
	}
	return cmp.Or(v.reload, newest)
}

// An instance is a version that runs.
type instance struct {
	id       int // the number of the start; process IDs come again
	pid      int
	version  Version
	settings *Settings // that it was started under
	reload   *reload
	restart  *restart // why a version that ran before was started once more; nil for a new one
	since    time.Time
	reason   string   // why it was started, in the words of the reload line
	line     Reloaded // the reload line, if that waits until the program is ready
	ready    bool
	retiring bool // it was told to end
}

func (p *instance) String() string { return fmt.Sprint(p.id) }
