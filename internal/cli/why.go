package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gorun-dev/gorun/depgraph"
)

// why says whether a file is in the build, and why: the words that a reload
// would give. Like grep, it ends with 1 if it is not.
func (c *command) why() (int, error) {
	file := c.flags.why
	if !filepath.IsAbs(file) {
		file = filepath.Join(c.dir, file)
	}
	if reason := c.beside().Why(filepath.Clean(file)); reason != "" {
		fmt.Fprintf(os.Stdout, "%s: %s\n", c.flags.why, reason)
		return 0, nil
	}
	g, err := depgraph.Load(context.Background(), c.graphConfig(), nil)
	if err != nil {
		return 0, err
	}
	in, reason := g.Why(filepath.Clean(file))
	if words := c.whyGenerate(g, filepath.Clean(file)); words != "" {
		if !in {
			reason = words
		} else {
			reason += "; " + words
		}
		in = true
	}
	fmt.Fprintf(os.Stdout, "%s: %s\n", c.flags.why, reason)
	if !in {
		return 1, nil
	}
	return 0, nil
}
