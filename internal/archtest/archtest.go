// Package archtest holds the table of who may import whom in this module, and
// the test of it. The test reads the files' import clauses and calls no go
// command, whose reads the test cache would not see.
package archtest

const module = "github.com/gorun-dev/gorun"

// may lists, for each room, the rooms of this module that its files, tests
// excepted, may import. A room that is not here may import nothing.
var may = map[string][]string{
	"":                   {"internal/cli"},
	"depgraph":           {"tagexpr", "internal/environ", "internal/stamp"},
	"incremental":        {"depgraph", "internal/environ", "internal/gocmd", "internal/privatedir", "internal/self", "incremental/direct", "incremental/equal", "incremental/reuse"},
	"incremental/direct": {"internal/environ", "internal/stamp", "incremental/archive", "incremental/edit", "incremental/recipe", "incremental/reuse"},
	"incremental/reuse":  {"incremental/archive", "incremental/recipe", "internal/environ"},
	"exec":               {"internal/procgroup", "internal/startfailure"},
	"internal/procgroup": {"internal/fdpass", "internal/priority", "internal/self", "internal/startfailure"},
	"internal/detached":  {"internal/fdpass", "internal/procgroup", "internal/self"},
	"internal/environ":   {},
	"internal/gocmd":     {"internal/environ", "internal/priority", "internal/procgroup"},
	"internal/hook":      {"internal/environ", "internal/procgroup"},
	"internal/ready":     {},
	"internal/watch":     {"internal/stamp"},
	"internal/event":     {},
	"internal/generate":  {"depgraph", "internal/environ", "internal/event", "internal/gocmd", "internal/goflags", "internal/stamp"},
	"internal/tell":      {"internal/event"},
	"internal/live":      {"depgraph", "incremental", "exec", "internal/event", "internal/watch"},
	"internal/config":    {"internal/project"},
	"internal/cachedir":  {"internal/privatedir"},
	"internal/ossignal":  {},
	"internal/project":   {},
	"internal/debugger":  {"internal/gocmd", "internal/goflags"},
	"internal/execflag":  {"internal/gocmd", "internal/goflags"},
	"internal/inspect":   {"depgraph", "incremental"},
	"internal/dotenv":    {},
	"internal/flags": {
		"tagexpr", "internal/config", "internal/console", "internal/debugger", "internal/event", "internal/goflags",
		"internal/live", "internal/ossignal", "internal/ready", "internal/runfiles", "internal/tell", "internal/watch",
	},
	"internal/runfiles": {"depgraph", "internal/dotenv", "internal/environ", "internal/stamp"},
	"internal/cli":      {"*"},
	"internal/archtest": {},

	// For tests only.
	"internal/longtest":   {},
	"internal/proctest":   {},
	"internal/scripttest": {"internal/proctest"},

	"internal/startcache": {
		"depgraph", "incremental", "internal/detached", "internal/environ", "internal/gocmd", "internal/goflags",
		"internal/priority", "internal/privatedir", "internal/self", "internal/stamp",
	},
}

// only lists packages that few rooms may import, tests excepted.
var only = map[string][]string{
	"golang.org/x/tools/go/packages": {"depgraph"},
	"github.com/fsnotify/fsnotify":   {"internal/watch"},
	"github.com/rjeczalik/notify":    {"internal/watch"},
	"os/exec":                        {"internal/gocmd", "exec", "internal/proctest", "internal/scripttest"},
}

// ownMain names what only the named room may use: the process's own command
// line and its end.
var ownMain = []string{"os.Args", "os.Exit"}
