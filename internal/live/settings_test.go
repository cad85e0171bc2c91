package live

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/incremental"
)

// fakeFiles are /m/gorun.toml, which is another one whenever it is reported, and
// /m/app.env, which differs from what the program has if stale is set, and is
// empty if half is.
type fakeFiles struct {
	w     *world
	stale bool
	half  bool
}

func (f *fakeFiles) Classify(paths []string) (c depgraph.Change, settings bool) {
	f.w.turn()
	if slices.Contains(paths, "/m/app.env") {
		c.Kind = depgraph.Restart
		c.Details = []depgraph.Detail{{
			Path: "/m/app.env", Kind: depgraph.Restart, Reason: "environment file changed", HalfWritten: f.half,
		}}
	}
	return c, slices.Contains(paths, "/m/gorun.toml")
}

func (f *fakeFiles) Stale() bool         { f.w.turn(); return f.stale }
func (f *fakeFiles) WatchDirs() []string { return []string{"/env"} }

// fakeCommand builds and starts like those that have the same numbers.
type fakeCommand struct{ build, start int }

func (c fakeCommand) BuildsLike(o Command) bool { return c.build == o.(fakeCommand).build }
func (c fakeCommand) StartsLike(o Command) bool { return c.start == o.(fakeCommand).start }

// A nextSetup is what the settings are when they are read the next time.
type nextSetup struct {
	Kind     depgraph.Kind // how they differ from those before
	Settings Settings
	command  fakeCommand // of the newest
}

func (n *nextSetup) setup(w *world) *Setup {
	switch n.Kind {
	case depgraph.Restart:
		n.command.start++
	case depgraph.Reload:
		n.command.build++
	}
	s := &Setup{w.deps, n.Settings}
	s.Settings.Command = n.command
	return s
}

// worldWithSettings is a world with run files and a way to other settings, of which the answer
// is what it returns as the next setup.
func worldWithSettings(t *testing.T, o Settings) (w *world, next *nextSetup, fail *error, asked *[]string) {
	w = newWorld(t)
	w.files = &fakeFiles{w: w, stale: true}
	next, fail, asked = &nextSetup{}, new(error), &[]string{}
	o.Command = next.command
	w.reconfigure = func(profile string) (*Setup, error) {
		w.turn()
		*asked = append(*asked, profile)
		if *fail != nil {
			return nil, *fail
		}
		s := next.setup(w)
		s.Settings.Dir, s.Settings.Grace, s.Settings.Overlap = "/m", 3*time.Second, o.Overlap
		return s, nil
	}
	w.run(o)
	w.built()
	w.pass(time.Second)
	return w, next, fail, asked
}

func TestSettingsRebuild(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, next, _, asked := worldWithSettings(t, Settings{})
		w.wantSaid("watch /env /m")
		old := w.lastProgram()
		next.Kind, next.Settings.Profile = depgraph.Reload, "prod"
		w.event("/m/gorun.toml")
		if len(*asked) != 0 {
			t.Error("settings read before the file was quiet")
		}
		w.event("/m/gorun.toml")
		w.pass(time.Second)
		w.want(2, 1)
		if w.loads != 2 || len(*asked) != 1 {
			t.Errorf("%d loads, settings read %d times", w.loads, len(*asked))
		}
		if got := old.received(); len(got) != 0 {
			t.Errorf("the program got %q before there was another", got)
		}
		w.built()
		w.want(2, 2)
		w.wantSaid("gorun.toml: go build, swapped in")
		if e := w.events[len(w.events)-1]; e.Profile != "prod" {
			t.Errorf("the last event is of profile %q", e.Profile)
		}
		w.endAll()
	})
}

// The files are as they were, but not the settings: nothing is undone.
func TestSettingsAreNotUndoneByGraphsOfBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, next, _, _ := worldWithSettings(t, Settings{Overlap: true})
		w.save("/m/main.go")
		w.pass(time.Second)
		w.built()
		arrival := w.lastProgram()
		next.Kind = depgraph.Reload
		w.event("/m/gorun.toml")
		w.pass(quietWindow)
		arrival.getReady() // of the settings of before
		w.pass(time.Second)
		w.built()
		w.want(3, 3)
		w.lastProgram().getReady()
		w.wantSaid("main.go (+1): go build, swapped in 1s")
		w.endAll()
	})
}

func TestSettingsThatAreBroken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, next, fail, _ := worldWithSettings(t, Settings{})
		*fail = errors.New(`gorun.toml:7: unknown key "grce"`)
		w.event("/m/gorun.toml")
		w.pass(time.Second)
		w.want(1, 1)
		w.wantSaid(`gorun.toml:7: unknown key "grce"`)
		w.wantSaid("the settings stay as they were")
		// A broken build under good settings: the old program runs on, and those
		// settings hold.
		*fail, next.Kind = nil, depgraph.Reload
		w.event("/m/gorun.toml")
		w.pass(time.Second)
		w.brokenBuild()
		w.want(2, 1)
		w.wantSaid("build failed; the program runs on")
		w.save("/m/main.go")
		w.pass(time.Second)
		w.built()
		w.want(3, 2)
		w.endAll()
	})
}

func TestSettingsRestartAndNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, next, _, _ := worldWithSettings(t, Settings{})
		w.event("/m/gorun.toml")
		w.pass(time.Second)
		w.want(1, 1)
		next.Kind = depgraph.Restart
		w.event("/m/gorun.toml")
		w.pass(time.Second)
		w.want(1, 2)
		w.wantSaid("gorun.toml: restarted in")
		w.endAll()
	})
}

// A file that is as it was when the burst is over was half written when it began.
func TestRestartOfFilesThatAreUndone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, _, _ := worldWithSettings(t, Settings{})
		w.files.stale = false
		w.event("/m/app.env")
		w.pass(time.Second)
		w.want(1, 1)
		w.files.stale = true
		w.event("/m/app.env")
		w.pass(time.Second)
		w.want(1, 2)
		w.wantSaid("app.env: restarted in")
		w.endAll()
	})
}

// A file that is cut before it is written has more time than a build would give it.
func TestHalfAFileIsNotStartedWith(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, _, _ := worldWithSettings(t, Settings{})
		w.files.stale, w.files.half = true, true
		w.event("/m/app.env")
		w.pass(burstLimit / 2)
		w.want(1, 1)
		w.files.half = false
		w.event("/m/app.env")
		w.pass(quietWindow)
		w.want(1, 2)
		// It may be all that comes.
		w.files.half = true
		w.event("/m/app.env")
		w.pass(burstLimit)
		w.want(1, 3)
		w.endAll()
	})
}

func TestProfileRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, next, fail, asked := worldWithSettings(t, Settings{})
		ask := func() chan Answer {
			answer := make(chan Answer, 1)
			w.requests <- Request{Do: DoProfile, Profile: "prod", By: "gorun -tell profile=prod", Answer: answer}
			synctest.Wait()
			return answer
		}
		next.Settings.Profile = "prod"
		if a := <-ask(); a.Err != "" || !strings.Contains(a.Text, "nothing to change") {
			t.Errorf("answer %+v", a)
		}
		*fail = errors.New("there is no such profile")
		if a := <-ask(); a.Err != "there is no such profile" {
			t.Errorf("answer %+v", a)
		}
		*fail, next.Kind = nil, depgraph.Reload
		answer := ask()
		w.pass(time.Second)
		if len(answer) != 0 {
			t.Error("answered before the build")
		}
		w.built()
		w.lastProgram().getReady()
		if a := <-answer; a.Err != "" || !strings.Contains(a.Text, "profile prod: go build, swapped in") {
			t.Errorf("answer %+v", a)
		}
		answer = ask()
		w.pass(time.Second)
		w.lastBuild().finish(incremental.Result{Status: 1, Output: []byte("no")})
		w.pass(time.Second)
		if a := <-answer; a.Err == "" {
			t.Errorf("answer %+v", a)
		}
		if !slices.Equal(*asked, []string{"prod", "prod", "prod", "prod"}) {
			t.Errorf("asked for %q", *asked)
		}
		w.endAll()
	})
}

// What could not be started is started when what was wrong is mended.
func TestStartThatFailsIsMended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.files = &fakeFiles{w: w, stale: true}
		w.startErr = errors.New(`environment file "app.env": no such file or directory`)
		w.run(Settings{Stay: true})
		exe := w.built()
		w.want(1, 0)
		w.wantSaid("no such file")
		w.startErr = nil
		w.event("/m/app.env")
		w.pass(time.Second)
		w.want(1, 1)
		if w.lastProgram().exe != exe {
			t.Error("another executable was started")
		}
		w.lastProgram().end(exec.Outcome{})
		synctest.Wait()
		w.endAll()
	})
}
