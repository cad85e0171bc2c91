package front

import (
	"cmp"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/goflags"
)

// Which editor shows a place. GORUN_EDITOR is a command, in which {file}, {line} and
// {column} may stand; VISUAL and EDITOR are used if they name an editor with a window of its
// own, as one in a terminal would have none. Otherwise the browser opens a vscode:// link.

// editorCommand returns the words of the command that shows a place; none if the browser
// has to.
func editorCommand(getenv func(string) string, file string, line, column int) []string {
	line, column = max(line, 1), max(column, 1)
	if own, err := goflags.Words(getenv("GORUN_EDITOR")); err == nil && len(own) > 0 {
		if strings.Contains(strings.Join(own, " "), "{file}") {
			fill := strings.NewReplacer("{file}", file, "{line}", strconv.Itoa(line), "{column}", strconv.Itoa(column))
			for i := range own {
				own[i] = fill.Replace(own[i])
			}
			return own
		}
		if where := placeWords(own[0], file, line, column); where != nil {
			return append(own, where...)
		}
		return append(own, file)
	}
	for _, name := range []string{"VISUAL", "EDITOR"} {
		words, err := goflags.Words(getenv(name))
		if err != nil || len(words) == 0 {
			continue
		}
		if where := placeWords(words[0], file, line, column); where != nil {
			return append(words, where...)
		}
	}
	return nil
}

// placeWords are the words by which an editor is told a place; none if it is not known to have
// a window.
func placeWords(editor, file string, line, column int) []string {
	l, c := strconv.Itoa(line), strconv.Itoa(column)
	at := file + ":" + l + ":" + c
	name := strings.TrimSuffix(strings.ToLower(filepath.Base(editor)), ".exe")
	switch strings.TrimSuffix(name, ".cmd") {
	case "code", "code-insiders", "codium", "vscodium", "cursor", "windsurf", "trae", "positron":
		return []string{"-g", at}
	case "subl", "sublime_text", "zed", "zeditor", "atom", "lapce", "pulsar":
		return []string{at}
	case "goland", "idea", "goland64", "idea64", "fleet", "webstorm", "clion":
		return []string{"--line", l, "--column", c, file}
	case "gvim", "mvim", "macvim", "neovide", "nvim-qt":
		return []string{"+" + l, file}
	case "emacsclient":
		return []string{"-n", "+" + l + ":" + c, file}
	case "gedit", "gnome-text-editor", "xed", "pluma":
		return []string{"+" + l + ":" + c, file}
	case "kate", "kwrite":
		return []string{"-l", l, "-c", c, file}
	case "mate", "bbedit", "xcode", "xed-xcode":
		return []string{"-l", l, file}
	case "notepad++":
		return []string{"-n" + l, "-c" + c, file}
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
	path := words[0]
	if !strings.ContainsAny(path, `/\`) {
		found, ok := gocmd.LookUp(f.options.Getenv("PATH"), path)
		if !ok {
			return fmt.Errorf("there is no %q in PATH", path)
		}
		path = found
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
