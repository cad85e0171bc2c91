package front

import (
	"cmp"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/goflags"
)

// Which editor shows a place. GORUN_EDITOR is a command, in which {file}, {line} and
// {column} may stand; VISUAL and EDITOR are used if they name an editor with a window of its
// own, as one in a terminal would have none. Otherwise the browser opens a vscode:// link.

// editors have a window: the names of their commands, and the words by which they are told a
// place.
var editors = []struct{ names, words string }{
	{"code code-insiders codium vscodium cursor windsurf trae positron", "-g {file}:{line}:{column}"},
	{"subl sublime_text zed zeditor atom lapce pulsar", "{file}:{line}:{column}"},
	{"goland idea goland64 idea64 fleet webstorm clion", "--line {line} --column {column} {file}"},
	{"gvim mvim macvim neovide nvim-qt", "+{line} {file}"},
	{"emacsclient", "-n +{line}:{column} {file}"},
	{"gedit gnome-text-editor xed pluma", "+{line}:{column} {file}"},
	{"kate kwrite", "-l {line} -c {column} {file}"},
	{"mate bbedit xcode xed-xcode", "-l {line} {file}"},
	{"notepad++", "-n{line} -c{column} {file}"},
}

// editorCommand returns the words of the command that shows a place; none if the browser
// has to.
func editorCommand(getenv func(string) string, file string, line, column int) []string {
	for _, name := range []string{"GORUN_EDITOR", "VISUAL", "EDITOR"} {
		words, err := goflags.Words(getenv(name))
		if err != nil || len(words) == 0 {
			continue
		}
		known := placeWords(words[0])
		switch {
		case name != "GORUN_EDITOR" && known == nil:
			continue
		case name == "GORUN_EDITOR" && strings.Contains(strings.Join(words, " "), "{file}"):
		case known == nil:
			words = append(words, "{file}")
		default:
			words = append(words, known...)
		}
		fill := strings.NewReplacer("{file}", file,
			"{line}", strconv.Itoa(max(line, 1)), "{column}", strconv.Itoa(max(column, 1)))
		for i := range words {
			words[i] = fill.Replace(words[i])
		}
		return words
	}
	return nil
}

// placeWords are the words by which an editor is told a place; none if it is not known to have
// a window.
func placeWords(editor string) []string {
	name := strings.TrimSuffix(strings.ToLower(filepath.Base(editor)), ".exe")
	name = strings.TrimSuffix(name, ".cmd")
	for _, e := range editors {
		if slices.Contains(strings.Fields(e.names), name) {
			return strings.Fields(e.words)
		}
	}
	return nil
}

// editorLink is what a browser opens.
func editorLink(file string, line, column int) string {
	path := filepath.ToSlash(file)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	u := url.URL{Path: path}
	return "vscode://file" + u.EscapedPath() + ":" + strconv.Itoa(max(line, 1)) + ":" + strconv.Itoa(cmp.Or(column, 1))
}

// openEditor has an editor show a place. If the browser has to, it returns the link.
func (f *Front) openEditor(p place) (link string) {
	words := editorCommand(f.options.Getenv, p.path, p.Line, p.column)
	if words == nil {
		return editorLink(p.path, p.Line, p.column)
	}
	if err := f.startEditor(words); err != nil {
		f.options.Fail("the editor: %v", err)
	}
	return ""
}

// startEditor starts a command that may live on when gorun has ended, so that it has no keeper.
func (f *Front) startEditor(words []string) error {
	path, err := gocmd.FindCommand(f.options.Getenv("PATH"), words[0])
	if err != nil {
		return err
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	p, err := os.StartProcess(path, words, &os.ProcAttr{Dir: f.options.Dir, Files: []*os.File{null, null, null}})
	if err != nil {
		return err
	}
	go func() { _, _ = p.Wait() }()
	return nil
}
