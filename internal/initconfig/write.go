package initconfig

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"

	"github.com/gorun-dev/gorun/internal/config"
)

// text is the gorun.toml.
func (c *collection) text() []byte {
	c.nameAll()
	var b bytes.Buffer
	b.WriteString("# Made by gorun -init. Each line says where it comes from.\n")
	only := c.only()
	if only != nil {
		fmt.Fprintf(&b, "# The program: gorun %s%s\n", comment(only.pkg), comment(" ("+only.from.String()+": "+only.note+")"))
	}
	for _, s := range c.top {
		s.write(&b)
	}
	for _, p := range c.programs {
		if p != only {
			fmt.Fprintf(&b, "\n[program.%s]\n", p.name)
			what := setting{"package", quote(p.pkg), p.from, p.note}
			if p.pkg == "" {
				what.key, what.value = "command", list(p.command)
			}
			what.write(&b)
		}
		for _, s := range p.settings {
			s.write(&b)
		}
	}
	return b.Bytes()
}

func (s setting) write(b *bytes.Buffer) {
	fmt.Fprintf(b, "%s = %s # %s\n", s.key, s.value, comment(s.from.String()+": "+s.note))
}

// comment is a text within a line's comment: names of files may hold anything.
func comment(text string) string {
	text = strings.ToValidUTF8(text, "?")
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, text)
}

// quote is a TOML string.
func quote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range strings.ToValidUTF8(text, "\ufffd") {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f || !unicode.IsPrint(r) && r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		case !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// list is a TOML list of strings.
func list(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(w)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// Write writes the file, whole or not at all, and only where there is none.
//
// It is written under another name and then linked, as a rename would replace a file that has appeared meanwhile. A
// file system without links gets the file itself, which is removed if it cannot be finished.
func (r *Result) Write(path string) error {
	if _, err := os.Lstat(path); err == nil {
		return &ExistsError{Path: path}
	}
	temporary := filepath.Join(filepath.Dir(path), "."+config.Name+"."+strconv.Itoa(os.Getpid()))
	err := writeNew(temporary, r.Text)
	if err == nil {
		err = os.Link(temporary, path)
		os.Remove(temporary)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			err = writeNew(path, r.Text)
		}
	}
	switch e, ok := errors.AsType[*fs.PathError](err); {
	case errors.Is(err, fs.ErrExist):
		return &ExistsError{Path: path}
	case ok:
		return fmt.Errorf("writing %s: %w", config.Name, e.Err)
	}
	return err
}

// writeNew writes a file that must not be there.
func writeNew(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(path)
	}
	return err
}

// An ExistsError says that there is a gorun.toml already.
type ExistsError struct{ Path string }

func (e *ExistsError) Error() string {
	return fmt.Sprintf("%q is there already, and nothing is overwritten", e.Path)
}
