package tell

import (
	"os"

	"github.com/gorun-dev/gorun/internal/project"
)

// WhoRuns says which gorun this process is: one that was started in dir with words for what it runs. target and
// directory are what these mean (project.Target), gowork is the value of GOWORK.
func WhoRuns(dir string, words []string, target, directory, gowork string) Who {
	w := Who{Pid: os.Getpid(), Dir: dir, Package: words, Target: target, Projects: []string{project.Root(dir, gowork)}}
	if directory == "" {
		return w
	}
	if p := project.Root(directory, gowork); p != w.Projects[0] {
		w.Projects = append(w.Projects, p)
	}
	return w
}
