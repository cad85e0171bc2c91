package scaffold

import (
	"fmt"
	"io"
	"regexp"
	"strings"
)

// A Report is what is said of a project that was written.
type Report struct {
	Dir       string   // as the user spells it; "." if he is in it
	Files     []string // in their order
	Workspace bool     // a go.work above governs the directory and does not name it yet
}

// Print prints the files, and the commands that run the project.
func (p Project) Print(w io.Writer, r Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s is in %s:\n\n", p.module, r.Dir)
	for _, name := range r.Files {
		fmt.Fprintf(&b, "\t%s\n", name)
	}
	b.WriteString("\nNext:\n\n")
	if r.Dir != "." {
		fmt.Fprintf(&b, "\tcd %s\n", shellWord(r.Dir))
	}
	if r.Workspace {
		b.WriteString("\tgo work use .\n")
	}
	b.WriteString("\tgorun -programs\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// plainWord matches what a shell leaves as it is.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./+,:@%][A-Za-z0-9_./+,:@%~-]*$`)

// shellWord is a text as a word of a shell's command line.
func shellWord(s string) string {
	if strings.HasPrefix(s, "-") {
		s = "./" + s // no option
	}
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
