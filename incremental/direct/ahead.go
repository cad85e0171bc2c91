package direct

import (
	"context"
	"path/filepath"

	"github.com/gorun-dev/gorun/incremental/ahead"
	"github.com/gorun-dev/gorun/incremental/recipe"
)

// aheadJob returns a link as package ahead takes it.
func aheadJob(env []string, r *recipe.Recipe, l *Link) *ahead.Job {
	k := r.Link
	j := &ahead.Job{
		Tool: k.Tool, Args: k.Args, Env: stepEnv(env, k.Env, r.Main), Dir: r.Dir, Name: k.Name,
		BuildID: linkID(l.Key, k.BuildID), Main: r.Main, Imports: k.Imports, Other: k.Other,
		Archives: make(map[string]ahead.Archive, len(l.Archives)),
	}
	for path, a := range l.Archives {
		j.Archives[path] = ahead.Archive{Path: a.Path, Identity: a.Identity, Patch: a.Patch, Fingerprint: a.Fingerprint}
	}
	for path, s := range r.Steps {
		if s.Refused == "" {
			j.Hot = append(j.Hot, path)
		}
	}
	return j
}

// makeExecutable links in dir, or, with the link that waits where one does, in a directory of that.
func makeExecutable(
	ctx context.Context, s *Setup, env []string, r *recipe.Recipe, dir string, l *Link,
) (exe string, linkedAhead bool, err error) {
	if s.Ahead != nil {
		exe, err := s.Ahead.Link(ctx, aheadJob(env, r, l))
		if err == nil {
			return exe, true, nil
		}
		if ctx.Err() != nil {
			return "", false, ctx.Err()
		}
		s.Debug("not linked ahead: %v", err)
	}
	exe, err = link(ctx, s.Run, env, r, dir, l)
	return exe, false, err
}

// linkNextAhead has a link wait for the next build.
func (d *Session) linkNextAhead(l *Link) {
	if d.setup.Ahead == nil {
		return
	}
	if !d.setup.Turns.mayWait(d.setup.Ahead) {
		d.setup.Debug("no link ahead: that of another program waits")
		d.setup.Ahead.End()
		return
	}
	j := aheadJob(d.env, d.state.Recipe, l)
	if i := d.executableOf(l.Key); i >= 0 && !d.exes[i].ahead {
		j.Proof = d.exes[i].path
	}
	d.setup.Ahead.Begin(j)
}

// linkDir returns the directory that goes with an executable.
func linkDir(exe string) string { return filepath.Dir(filepath.Dir(exe)) }
