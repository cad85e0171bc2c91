package main

import (
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A tool turns a save into a new process. Those that watch are started once and
// do it by themselves; the others (manual.go) are told of each save, as by
// somebody who notices it in no time.
type tool struct {
	name   string
	title  string
	module string // what `go install` gets, with the version; "" if there is nothing to install
	bin    string // the executable
	absent string // why there is none
	config string // in words, for the reader
	byHand func(*turn) manual
	files  func(*program) map[string]string // configuration in the program's directory
	argv   func(bin string, p *program) []string

	// sameText is what it prints instead of a restart where the program would be the same.
	sameText string
	// restBefore is how long it must have used no processor before its first save,
	// longRest how long before the first new function, when it has done all that it
	// does while nobody saves; 0 is restBefore.
	restBefore, longRest time.Duration
	minUptime            time.Duration // how long the program must have run before the next save
	idleToo              bool          // by hand, and yet worth a row in the table of idle tools
	onlyByName           bool          // measured only where -tools names it
}

// rest is long enough for a tool that does nothing in the background to be seen
// at rest.
const rest = 300 * time.Millisecond

// gorunRest lets gorun finish what it does while nobody waits: it begins with
// that two seconds after a save. What a save costs that comes sooner is
// measured apart, as the first save.
const gorunRest = 2500 * time.Millisecond

// gorunLongRest lets it finish what it begins after ten seconds without a save, once in
// a session: the set of named objects.
const gorunLongRest = 12500 * time.Millisecond

// Each tool has its own executable, so that several may run in one directory.
func (t *tool) exe() string { return "bin/" + t.name }

func (t *tool) build(p *program) string { return "go build -o " + t.exe() + " " + p.pkg }

// moddUptime is modd's MaxRestart: it puts off the start of a program by up to 8 s
// when the one before did not run that long. People save less often than that.
const moddUptime = 8500 * time.Millisecond

// goTool is a tool that is used like `go run`.
func goTool(name string) *tool {
	return &tool{
		name: name, title: name, config: name + " PACKAGE, no flags", restBefore: gorunRest, longRest: gorunLongRest,
		sameText: "same program, not restarted",
		argv:     func(bin string, p *program) []string { return slices.Concat([]string{bin, p.pkg}, p.args) },
	}
}

// allTools returns every tool, in the order of the tables.
//
// The rivals have the configuration that their documentation begins with. They
// are told what to build, and that .html files count: all of them look at file
// endings only, and the embedded file would go unnoticed.
func allTools() []*tool {
	list := []*tool{
		{
			name: "floor", title: "floor", byHand: newFloor, restBefore: rest,
			config: "one compile of the changed package and one link -s -w, by hand",
		},
		goTool("gorun"),
		{
			name: "go-build", title: "go build", byHand: newGoBuild, restBefore: rest,
			config: "go build by hand, then stop the old, start the new",
		},
		{
			name: "go-build-s", title: "go build -s -w", byHand: newGoBuildStripped, restBefore: rest, onlyByName: true,
			config: "the same with -ldflags='-s -w'",
		},
		{
			name: "go-run", title: "go run", byHand: newGoRun, restBefore: rest, idleToo: true,
			config: "stop the old, then go run",
		},
		{
			name: "air", title: "air", module: "github.com/air-verse/air@v1.67.4", restBefore: rest,
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
			name: "reflex", title: "reflex", module: "github.com/cespare/reflex@v0.3.1", restBefore: rest,
			config: `-r '\.(go|html)$' -s -- sh -c 'go build -o EXE && exec EXE'`,
			argv: func(bin string, p *program) []string {
				t := tool{name: "reflex"}
				script := t.build(p) + " && exec " + shellWords(t.exe(), p.args)
				return []string{bin, "-r", `\.(go|html)$`, "-s", "--", "sh", "-c", script}
			},
		},
		{
			name: "modd", title: "modd", restBefore: rest, minUptime: moddUptime,
			module: "github.com/cortesi/modd/cmd/modd@v0.8.1",
			config: "modd.conf: **/*.go **/*.html !**/*_test.go { prep: go build -o EXE; daemon +sigterm: EXE }; " +
				"saves 8.5 s apart, or it backs off",
			files: func(p *program) map[string]string {
				t := tool{name: "modd"}
				return map[string]string{"modd.conf": "**/*.go **/*.html !**/*_test.go {\n" +
					"    prep: " + t.build(p) + "\n" +
					"    daemon +sigterm: " + shellWords("./"+t.exe(), p.args) + "\n}\n"}
			},
			argv: func(bin string, _ *program) []string { return []string{bin} },
		},
		{
			name: "wgo", title: "wgo", module: "github.com/bokwoon95/wgo@v0.7.1", restBefore: rest,
			config: "wgo run -file .html PACKAGE",
			argv: func(bin string, p *program) []string {
				return slices.Concat([]string{bin, "run", "-file", ".html", p.pkg}, p.args)
			},
		},
		{
			name: "CompileDaemon", title: "CompileDaemon", restBefore: rest,
			module: "github.com/githubnemo/CompileDaemon@v1.4.0",
			config: "-build='go build -o EXE' -command=EXE -include=*.html",
			argv: func(bin string, p *program) []string {
				t := tool{name: "CompileDaemon"}
				command := shellWords(t.exe(), p.args)
				return []string{bin, "-build=" + t.build(p), "-command=" + command, "-include=*.html"}
			},
		},
		{
			name: "fresh", title: "fresh", restBefore: rest,
			module: "github.com/gravityblast/fresh@v0.0.0-20240621171608-8d1fef547a99",
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
