package incremental

// How gorun gets at the executable that `go run` would start: it lets `go run`
// start gorun instead.
//
// Rejected: `go build -o`. It does not take pkg@version; its words for a package
// that is not main differ from go run's; and to get go run's executable it has
// to be given -ldflags="-s -w" and -gcflags=-dwarf=false, which must then be
// merged with the user's own and are visible to the program in its build
// information. With `go run -exec` every form of the command line, every flag
// and every error is the go command's own (GOROOT/src/cmd/go/internal/run).
//
// go run also puts a copy of each executable that it links into GOCACHE, where the
// copy stays for days; a live loop would fill the disk with them. Go 1.26 runs an
// executable that it has just linked from its work directory, and one that was in
// GOCACHE from there: so the helper can tell the two apart, and gorun removes the
// copies of its own builds (uncache).

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/self"
)

// ExecRole is the helper of -exec. The entry and the executable follow. It ends with 0 in
// any case: a failure shows in what is not there, and to a status the go command would
// add words of its own.
var ExecRole = self.Role{Name: "exec", Argument: "gorun:exec", Play: func(args []string) (status int) {
	_ = ReceiveExecutable(args[2:])
	return 0
}}

// A handover describes to gorun what its helper got from the go command.
type handover struct {
	path    string   // where the go command had the executable
	environ []string // the environment that it would have started it in
}

// handoverFile is the name of the handover in the executable's entry: the path, then the
// entries of the environment, each ended by a zero byte, as nothing else can be read back
// whatever the bytes of a path are. It is removed when it was read, for what is in an
// environment may be secret.
const handoverFile = "handover"

func (h handover) encode() []byte {
	return []byte(strings.Join(append([]string{h.path}, h.environ...), "\x00") + "\x00")
}

func decodeHandover(b []byte) (handover, error) {
	words := strings.Split(string(b), "\x00")
	if last := len(words) - 1; last < 1 || words[0] == "" || words[last] != "" {
		return handover{}, errors.New("what the go command's helper has left is damaged")
	}
	return handover{words[0], words[1 : len(words)-1]}, nil
}

// execFlag is the -exec flag that hands the executable over to the entry.
func execFlag(role string, e *Executable) (string, error) {
	gorun, err := self.File()
	if err != nil {
		return "", err
	}
	words := []string{gorun, role, e.entry}
	for i, w := range words {
		q, err := quote(w)
		if err != nil {
			return "", err
		}
		words[i] = q
	}
	return "-exec=" + strings.Join(words, " "), nil
}

// quote makes a word of a flag whose value is a list of words: there are two
// kinds of quotes and no escapes (GOROOT/src/cmd/internal/quoted).
func quote(word string) (string, error) {
	switch {
	case !strings.ContainsAny(word, "' \t\r\n\""):
		return word, nil
	case !strings.Contains(word, "'"):
		return "'" + word + "'", nil
	case !strings.Contains(word, `"`):
		return `"` + word + `"`, nil
	}
	return "", fmt.Errorf("the go command cannot be told of %q, which holds both kinds of quotes\n"+
		"set GORUNCACHE to another directory, or move gorun", word)
}

// ReceiveExecutable puts the executable that go run hands to its -exec helper into its entry of the
// store. args is what follows the role on the helper's command line.
func ReceiveExecutable(args []string) error {
	if len(args) < 2 {
		return errors.New("the go command named no executable")
	}
	entry, exe := args[0], args[1]
	to := filepath.Join((&Executable{entry: entry}).bin(), filepath.Base(exe))
	if err := os.Link(exe, to); err != nil {
		// Another file system, or one without links.
		if err := copyFile(exe, to); err != nil {
			return err
		}
	}
	h := handover{path: exe, environ: os.Environ()}
	return os.WriteFile(filepath.Join(entry, handoverFile), h.encode(), 0o600)
}

// readHandover completes an entry with what the helper left in it. env is the environment
// that the go command was given.
func (e *Executable) readHandover(env []string) (handover, error) {
	file := filepath.Join(e.entry, handoverFile)
	b, err := os.ReadFile(file)
	if err != nil {
		return handover{}, err
	}
	if err := os.Remove(file); err != nil {
		return handover{}, err
	}
	h, err := decodeHandover(b)
	if err != nil {
		return h, err
	}
	e.PATH = environ.Get(h.environ, "PATH")
	// The go command is started in another directory where there is a -C: a shell on the way has seen that.
	e.Environ = environ.Compare(env, h.environ).Without("PATH", "PWD", "OLDPWD")
	return h, e.named(filepath.Base(h.path))
}

const partSuffix = ".part" // of the name of a file that is only half there

// copyFile copies an executable. A file that is only half there must never be
// started, so it gets its name last.
func copyFile(from, to string) error {
	r, err := os.Open(from)
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := os.OpenFile(to+partSuffix, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o700)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	if err := errors.Join(err, w.Close()); err != nil {
		os.Remove(to + ".part")
		return err
	}
	return os.Rename(to+partSuffix, to)
}

// uncache removes from GOCACHE the copy of an executable that the go command has
// just linked. The go command itself named the copy: the SHA-256 of the content,
// in a directory of the first two digits (GOROOT/src/cmd/go/internal/cache, Go
// 1.24 and later). It treats a missing entry as one that was trimmed, and links
// again. An executable that was in GOCACHE before is somebody's: it stays.
func uncache(gocache string, h handover, exe string) error {
	if gocache == "" || gocache == "off" || strings.HasPrefix(h.path, gocache+string(filepath.Separator)) {
		return nil
	}
	f, err := os.Open(exe)
	if err != nil {
		return err
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return err
	}
	sum := hex.EncodeToString(hash.Sum(nil))
	entry := filepath.Join(gocache, sum[:2], sum+"-d")
	if err := os.Remove(filepath.Join(entry, filepath.Base(h.path))); errors.Is(err, os.ErrNotExist) {
		return nil // a go command that keeps no executables
	} else if err != nil {
		return err
	}
	return os.Remove(entry)
}
