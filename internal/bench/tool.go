package main

import (
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A tool turns a save into a new process. Those that watch are started once and
// do it by themselves; the others (hand.go) are told of each save, as by
// somebody who notices it in no time.
type tool struct {
	name    string
	title   string
	module  string // what `go install` gets, with the version; "" if there is nothing to install
	bin     string // the executable
	absent  string // why there is none
	config  string // in words, for the reader
	byHand  func(*turn) hand
	files   func(*program) map[string]string // configuration in the program's directory
	argv    func(bin string, p *program) []string
	same    string        // what it prints instead of a restart where the program would be the same
	calm    time.Duration // how long it must have used no processor before its first save
	deep    time.Duration // and before the first new function, when it has done all that it does while nobody saves; 0 is calm
	age     time.Duration // how long the program must have run before the next save
	idleToo bool          // by hand, and yet worth a row in the table of idle tools
	asked   bool          // measured only where it is asked for by name
}

// rest is long enough for a tool that does nothing in the background to be seen
// at rest.
const rest = 300 * time.Millisecond

// gorunCalm lets gorun finish what it does while nobody waits: it begins with
// that two seconds after a save. What a save costs that comes sooner is
// measured apart, as the first save.
const gorunCalm = 2500 * time.Millisecond

// gorunDeep lets it finish what it begins after ten seconds without a save, once in
// a session: the set of named objects.
const gorunDeep = 12500 * time.Millisecond

// Each tool has its own executable, so that several may run in one directory.
func (t *tool) exe() string { return "bin/" + t.name }

func (t *tool) build(p *program) string { return "go build -o " + t.exe() + " " + p.pkg }

// moddAge is modd's MaxRestart: it puts off the start of a program by up to 8 s
// when the one before did not run that long. People save less often than that.
const moddAge = 8500 * time.Millisecond

// goTool is a tool that is used like `go run`.
func goTool(name string) *tool {
	return &tool{
		name: name, title: name, config: name + " PACKAGE, no flags", calm: gorunCalm, deep: gorunDeep,
		same: "same program, not restarted",
		argv: func(bin string, p *program) []string { return slices.Concat([]string{bin, p.pkg}, p.args) },
	}
}

// allTools returns every tool, in the order of the tables.
//
// The rivals have the configuration that their documentation begins with. They
// are told what to build, and that .html files count: all of them look at file
// endings only, and the embedded file would go unnoticed.
func allTools() []*tool {
	list := []*tool{
		{name: "floor", title: "floor", config: "one compile of the changed package and one link -s -w, by hand", byHand: newFloor, calm: rest},
		goTool("gorun"),
		{name: "go-build", title: "go build", config: "go build by hand, then stop the old, start the new", byHand: newGoBuild, calm: rest},
		{name: "go-build-s", title: "go build -s -w", config: "the same with -ldflags='-s -w'", byHand: newGoBuildStripped, calm: rest, asked: true},
		{name: "go-run", title: "go run", config: "stop the old, then go run", byHand: newGoRun, calm: rest, idleToo: true},
		{
			name: "air", title: "air", module: "github.com/air-verse/air@v1.67.4", calm: rest,
			config: "none; --build.cmd for a package that is not the root",
			argv: func(bin string, p *program) []string {
				argv := []string{bin}
				if p.pkg != "." {
					argv = append(argv, "--build.cmd", "go build -o ./tmp/main "+p.pkg)
				}
				if len(p.args) > 0 {
					argv = slices.Concat(argv, []string{"--"}, p.args)
				}
				return argv
			},
		},
		{
			name: "reflex", title: "reflex", module: "github.com/cespare/reflex@v0.3.1", calm: rest,
			config: `-r '\.(go|html)$' -s -- sh -c 'go build -o EXE && exec EXE'`,
			argv: func(bin string, p *program) []string {
				t := tool{name: "reflex"}
				return []string{bin, "-r", `\.(go|html)$`, "-s", "--", "sh", "-c", t.build(p) + " && exec " + shellWords(t.exe(), p.args)}
			},
		},
		{
			name: "modd", title: "modd", module: "github.com/cortesi/modd/cmd/modd@v0.8.1", calm: rest, age: moddAge,
			config: "modd.conf: **/*.go **/*.html !**/*_test.go { prep: go build -o EXE; daemon +sigterm: EXE }; saves 8.5 s apart, or it backs off",
			files: func(p *program) map[string]string {
				t := tool{name: "modd"}
				return map[string]string{"modd.conf": "**/*.go **/*.html !**/*_test.go {\n    prep: " + t.build(p) + "\n    daemon +sigterm: " + shellWords("./"+t.exe(), p.args) + "\n}\n"}
			},
			argv: func(bin string, _ *program) []string { return []string{bin} },
		},
		{
			name: "wgo", title: "wgo", module: "github.com/bokwoon95/wgo@v0.7.1", calm: rest,
			config: "wgo run -file .html PACKAGE",
			argv: func(bin string, p *program) []string {
				return slices.Concat([]string{bin, "run", "-file", ".html", p.pkg}, p.args)
			},
		},
		{
			name: "CompileDaemon", title: "CompileDaemon", module: "github.com/githubnemo/CompileDaemon@v1.4.0", calm: rest,
			config: "-build='go build -o EXE' -command=EXE -include=*.html",
			argv: func(bin string, p *program) []string {
				t := tool{name: "CompileDaemon"}
				return []string{bin, "-build=" + t.build(p), "-command=" + shellWords(t.exe(), p.args), "-include=*.html"}
			},
		},
		{
			name: "fresh", title: "fresh", module: "github.com/gravityblast/fresh@v0.0.0-20240621171608-8d1fef547a99", calm: rest,
			config: "no file",
			argv:   func(bin string, _ *program) []string { return []string{bin} },
		},
	}
	return list
}

// shellWords is for tools that take a command as one string.
func shellWords(exe string, args []string) string {
	words := []string{exe}
	for _, a := range args {
		words = append(words, "'"+strings.ReplaceAll(a, "'", `'\''`)+"'")
	}
	return strings.Join(words, " ")
}

// prepare writes a tool's configuration.
func (t *tool) prepare(p *program) error {
	if t.files == nil {
		return nil
	}
	for name, text := range t.files(p) {
		if err := writeFile(filepath.Join(p.root, name), text); err != nil {
			return err
		}
	}
	return nil
}
