package startcache

// The named set (incremental/direct) takes as long as a first build of the program. It is made by a process of
// its own, the maker, at the lowest priority: between saves and while the program is used, with what nobody else
// wants of the processors. It outlives gorun, as what it makes is in GOCACHE for the next one as well.
//
// Rejected: to make it in gorun while nobody saves, and to give up at each save. Whoever goes on working never
// has it, and a package that is half compiled is begun again.

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/detached"
	"github.com/gorun-dev/gorun/internal/priority"
	"github.com/gorun-dev/gorun/internal/self"
)

const (
	// makerArgument is the first argument of a maker. A command line of gorun follows.
	makerArgument = "gorun:namedset"

	// makerLimit bounds the maker's life. For a program of a thousand packages it takes two minutes of a
	// processor that does nothing else.
	makerLimit = 20 * time.Minute

	// makerInterval is how often a gorun that waits for its maker looks whether it is done.
	makerInterval = time.Second
)

// makerKey names the claim of the one who makes the named set for a key.
func (k Key) makerKey() Key { return sha256.Sum256(append([]byte("named set"), k[:]...)) }

// MakeNamedSet has a process make the named set, unless one does, and waits until it is done, or until ctx
// ends: the process goes on. The error says that there is none.
func (l *LiveStart) MakeNamedSet(ctx context.Context) error {
	if l.start == nil || !l.start.Index.isThere() {
		return fmt.Errorf("nothing is kept")
	}
	x, k := l.start.Index, l.start.Key.makerKey()
	claim, err := x.TryClaim(k)
	if err != nil {
		return err
	}
	if claim != nil {
		err := detached.StartSurvivor(append([]string{makerArgument}, l.start.cfg.Recorder...), claim.File)
		claim.Close()
		if err != nil {
			return err
		}
	}
	tick := time.NewTicker(makerInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if claim, err := x.TryClaim(k); err != nil || claim != nil {
			claim.Close()
			return err
		}
	}
}

// MakerRole is the maker of a named set. Configure is that of RecorderRole.
func MakerRole(configure func(args []string) (*Recorder, error)) self.Role {
	return self.Role{Name: "maker", Argument: makerArgument, Play: func(args []string) (status int) {
		if err := runMaker(args[2:], configure); err != nil {
			fmt.Fprintln(os.Stderr, "gorun:", err) // to nobody, unless it is started by hand
			return 1
		}
		return 0
	}}
}

// runMaker is the maker's whole life.
func runMaker(args []string, configure func(args []string) (*Recorder, error)) error {
	claim := os.NewFile(claimDescriptor, "claim")
	if claim == nil {
		return fmt.Errorf("a maker is given a claim and a command line")
	}
	closeOnExec(claimDescriptor)
	defer claim.Close()
	priority.StayIdle()
	r, err := configure(args)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), makerLimit)
	defer cancel()
	g, err := depgraph.Load(ctx, r.Graph, nil)
	if err != nil {
		return err
	}
	cfg := r.Build
	cfg.SaveAs, cfg.Engine = r.Key.String(), incremental.EngineAuto
	b := incremental.NewBuilder(cfg)
	changed, err := b.MakeNamedSet(ctx, g)
	b.Close()
	if err != nil || !changed || !r.Index.LookUp(r.Key).Live {
		return err
	}
	// The session that is saved now knows nothing of what was built directly with the one before, and is recorded.
	return r.Record(ctx, "", func() {})
}
