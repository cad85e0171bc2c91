package goflags

import "strings"

// UsageError is a fault in the command line, with all that is to be written to stderr about it, line breaks and the
// go command's "usage:" lines included, and the exit status that goes with it.
type UsageError struct {
	Text   string
	Status int // 2; 1 where the go command has that

	// Unknown is the command line from the flag on that the table does not have,
	// nil after any other fault. Another version of the go command may know it.
	Unknown []string
}

func (e *UsageError) Error() string { return strings.TrimSuffix(e.Text, "\n") }

// goUsage is what the go command writes after a fault in its flags.
const goUsage = "usage: go run [build flags] [-exec xprog] package [arguments...]\nRun 'go help run' for details.\n"

// ownUsage is its like for a fault in gorun's flags.
const ownUsage = "usage: gorun [gorun flags] [build flags] [-exec xprog] package [arguments...]\n" +
	"Run 'gorun -h' for details.\n"

// usageError completes what the flag package says of the command line. A flag that neither has
// is the go command's to miss.
func (s *splitter) usageError(text string) *UsageError {
	usage := goUsage
	if name, ok := strings.CutPrefix(text, "flag needs an argument: -"); s.ownFault || ok && s.own[name] {
		usage = ownUsage
	}
	return &UsageError{Text: text + "\n" + usage, Status: 2}
}

// OfAnotherGo reports whether a command line that begins with an unknown flag can
// only be judged by the go command: package@version may ask for a newer one, which
// may know the flag. Like the go command, it has to know where the flag ends
// (maybeSwitchForGoInstallVersion in cmd/go's gotoolchain code).
func OfAnotherGo(args []string) bool {
	if len(args) == 0 || !strings.Contains(args[0], "=") {
		return false
	}
	for _, arg := range args {
		if !strings.HasPrefix(arg, "-") {
			return strings.Contains(arg, "@")
		}
	}
	return false
}
