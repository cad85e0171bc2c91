package archtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// link matches an inline link or picture of Markdown, and its target.
var link = regexp.MustCompile(`\]\(([^()\s]+)\)`)

// Every link of a document that does not lead out of the project leads to a file, and
// to a heading of it where it names one.
func TestLinks(t *testing.T) {
	links := 0
	for _, file := range documents(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(withoutCode(string(text)), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			links++
			if problem := follow(file, m[1]); problem != "" {
				t.Errorf("%s: %s: %s", file, m[1], problem)
			}
		}
	}
	if links < 20 {
		t.Errorf("only %d links found: the expression does not match them", links)
	}
}

// documents returns the Markdown files of the project.
func documents(t *testing.T) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && file != root && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.IsDir() && d.Name() == "testdata" && filepath.Dir(file) != root:
			return fs.SkipDir // what tests compare with; the scripts at the top have a document
		case strings.HasSuffix(file, ".md"):
			list = append(list, file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// follow says what is wrong with a link, or "".
func follow(file, target string) string {
	name, heading, _ := strings.Cut(target, "#")
	at := file
	if name != "" {
		at = filepath.Join(filepath.Dir(file), filepath.FromSlash(name))
	}
	info, err := os.Stat(at)
	if err != nil {
		return "there is no such file"
	}
	if heading == "" {
		return ""
	}
	if info.IsDir() || !strings.HasSuffix(at, ".md") {
		return "only a document has headings"
	}
	text, err := os.ReadFile(at)
	if err != nil {
		return err.Error()
	}
	for line := range strings.Lines(withoutCode(string(text))) {
		if title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && strings.HasPrefix(line, "#") {
			if anchor(title) == heading {
				return ""
			}
		}
	}
	return "there is no such heading"
}

// anchor is what GitHub makes of a heading: lower case, without punctuation, a
// hyphen for each space.
func anchor(title string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSpace(title))
}

// withoutCode leaves out blocks of code, in which nothing is a link or a heading.
func withoutCode(text string) string {
	var b strings.Builder
	inside := false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "```") {
			inside = !inside
			continue
		}
		if !inside {
			b.WriteString(line)
		}
	}
	return b.String()
}

func TestFollow(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.md")
	text := "# `-x`: One, two & 3\n\n```sh\n# not one\n```\n"
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	for target, good := range map[string]bool{
		"a.md": true, ".": true, "a.md#-x-one-two--3": true, "#-x-one-two--3": true,
		"b.md": false, "#not-one": false, ".#a": false, "a.md#one": false,
	} {
		if problem := follow(file, target); (problem == "") != good {
			t.Errorf("%s: %q", target, problem)
		}
	}
}

// The README is read in a minute.
func TestReadmeIsShort(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(strings.Fields(string(text))); n >= 900 {
		t.Errorf("the README has %d words; less than 900 can be read in a minute, so something else has to move "+
			"to the document of a room", n)
	}
}
