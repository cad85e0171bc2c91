package recipe

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// errNoRecipe is what every error of Parse wraps.
var errNoRecipe = errors.New("no recipe")

func noRecipe(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errNoRecipe, fmt.Sprintf(format, args...))
}

// Parse reads the output of `go run -a -n`, run in dir (-C is seen in the output). files gives
// the absolute Go files of each package that a step is wanted for, by import path: a printed
// line that does not name exactly those is no recipe.
func Parse(out []byte, dir string, files map[string][]string) (*Recipe, error) {
	p := recipeParser{
		recipe:  &Recipe{Dir: dir, Steps: make(map[string]*Step)},
		wanted:  files,
		objdirs: make(map[string]string),
	}
	lines := strings.Split(strings.ReplaceAll(string(out), "\r\n", "\n"), "\n")
	for i := 0; i < len(lines); {
		n, err := p.line(lines[i:])
		if err != nil {
			return nil, err
		}
		i += n
	}
	return p.finish()
}

type recipeParser struct {
	recipe  *Recipe
	wanted  map[string][]string
	objdirs map[string]string // objdir, such as $WORK/b012, to import path
	cd      string            // where the printed script is
	where   string            // where compiles run; "" before the first
	current string            // import path of the section; "" before the first
	objdir  string            // of the section
	mkdir   string            // of the last mkdir line
	early   bool              // something ran in the section's directory before its head: cgo
	text    map[string]string // what the section wrote, by file name below its objdir
	step    *Step             // of the section, nil when the package is not wanted
	linked  bool
	ended   bool // the line that would run the program was read
}

// line reads what begins at lines[0] and returns how many lines that were.
func (p *recipeParser) line(lines []string) (int, error) {
	l := lines[0]
	switch {
	case l == "":
		return 1, nil
	case p.ended:
		return 0, noRecipe("line after the run of the program: %q", l)
	case l == "#":
		return p.head(lines)
	case strings.HasPrefix(l, "mkdir -p "):
		return 1, p.directory(strings.TrimSuffix(strings.TrimPrefix(l, "mkdir -p "), "/"))
	case strings.HasPrefix(l, "cd "):
		p.cd = strings.TrimPrefix(l, "cd ")
		return 1, nil
	case strings.HasPrefix(l, "cat >") && strings.HasSuffix(l, " << 'EOF' # internal"):
		name := strings.TrimSuffix(strings.TrimPrefix(l, "cat >"), " << 'EOF' # internal")
		var b strings.Builder
		for i, t := range lines[1:] {
			if t, ok := strings.CutSuffix(t, "EOF"); ok {
				b.WriteString(t)
				return i + 2, p.wrote(name, b.String())
			}
			b.WriteString(t)
			b.WriteByte('\n')
		}
		return 0, noRecipe("here-document without an end: %q", l)
	case strings.HasPrefix(l, "echo '") && strings.HasSuffix(l, " # internal"):
		// The text may hold a quote itself; the name of a file in an objdir does not.
		rest := strings.TrimSuffix(strings.TrimPrefix(l, "echo '"), " # internal")
		i := strings.LastIndex(rest, "' > ")
		if i < 0 {
			return 0, noRecipe("%q", l)
		}
		return 1, p.wrote(rest[i+len("' > "):], rest[:i]+"\n")
	case strings.HasPrefix(l, "echo -n > ") && strings.HasSuffix(l, " # internal"):
		return 1, p.wrote(strings.TrimSuffix(strings.TrimPrefix(l, "echo -n > "), " # internal"), "")
	case strings.HasPrefix(l, "go tool buildid -w ") && strings.HasSuffix(l, " # internal"):
		return 1, nil
	}
	return 1, p.command(l)
}

// directory is for the directory that the next commands work in. That of another package ends
// the section: what comes before a package's head, cgo and all it runs, is that package's.
func (p *recipeParser) directory(dir string) error {
	p.mkdir = dir
	if dir == p.objdir || !isObjdir(dir) {
		return nil
	}
	if err := p.closeSection(); err != nil {
		return err
	}
	p.objdir, p.text, p.step, p.early = dir, make(map[string]string), nil, false
	return nil
}

// head reads the three lines "#", "# import/path", "#" that open a package's section.
func (p *recipeParser) head(lines []string) (int, error) {
	if len(lines) < 3 || !strings.HasPrefix(lines[1], "# ") || lines[2] != "#" {
		return 0, noRecipe("a lone %q", lines[0])
	}
	path := strings.TrimPrefix(lines[1], "# ")
	if p.mkdir == "" || !isObjdir(p.mkdir) {
		return 0, noRecipe("package %q without a directory", path)
	}
	if old, ok := p.objdirs[p.mkdir]; ok {
		return 0, noRecipe("packages %q and %q share a directory", old, path)
	}
	p.objdirs[p.mkdir] = path
	p.current = path
	if _, ok := p.wanted[path]; ok {
		if p.recipe.Steps[path] != nil {
			return 0, noRecipe("package %q is built twice", path)
		}
		p.step = &Step{ImportPath: path}
		if p.early {
			p.step.Refused = "it is not built by a compile alone (cgo)"
		}
		p.recipe.Steps[path] = p.step
	}
	return 3, nil
}

// closeSection completes the step of the section that ends with the imports of the package. A
// refused step has them, too: the package has to be built again when they change. The go command
// builds a package after what it imports, so the directories in the importcfg are known.
func (p *recipeParser) closeSection() (err error) {
	s := p.step
	if s == nil {
		return nil
	}
	text, ok := p.text["importcfg"]
	if !ok {
		return noRecipe("package %q has no importcfg", s.ImportPath)
	}
	if s.Imports, s.ImportMap, err = p.importcfg(text); err != nil {
		return err
	}
	for _, l := range s.ImportMap {
		if !strings.HasPrefix(l, "importmap ") {
			return noRecipe("importcfg of %q: %q", s.ImportPath, l)
		}
	}
	return nil
}

// isObjdir reports whether name has the form $WORK/b012.
func isObjdir(name string) bool {
	n, ok := strings.CutPrefix(name, "$WORK/b")
	if !ok {
		n, ok = strings.CutPrefix(name, `$WORK\b`)
	}
	if !ok || n == "" {
		return false
	}
	return strings.Trim(n, "0123456789") == ""
}

func (p *recipeParser) wrote(name, text string) error {
	if p.text == nil {
		return noRecipe("file %q is written before any package", name)
	}
	if base, ok := p.below(name); ok {
		p.text[base] = text
		return nil
	}
	return noRecipe("file %q is written outside the package's directory", name)
}

// below returns the part of name after the section's objdir.
func (p *recipeParser) below(name string) (string, bool) {
	rest, ok := strings.CutPrefix(name, p.objdir)
	if !ok || rest == "" || rest[0] != '/' && rest[0] != '\\' {
		return "", false
	}
	return rest[1:], true
}

// command reads a line that runs a program.
func (p *recipeParser) command(l string) error {
	switch {
	case p.linked:
		// What would run the program: the executable (or the -exec program) and the arguments.
		p.ended = true
		return nil
	case p.objdir == "":
		return noRecipe("%q before any package", l)
	case p.objdirs[p.objdir] == "":
		p.early = true
		return nil
	case p.step == nil:
		return nil // no step is wanted: however the go command builds it, its archive is in GOCACHE
	}
	words, err := splitShown(l)
	if err != nil && p.step.Refused != "" {
		return nil // cgo's lines are many
	}
	if err != nil {
		return noRecipe("%v: %q", err, l)
	}
	var env []string
	for len(words) > 0 && words[0].env {
		env = append(env, words[0].text)
		words = words[1:]
	}
	if len(words) == 0 {
		return noRecipe("no command: %q", l)
	}
	tool := strings.TrimSuffix(filepath.Base(filepath.FromSlash(words[0].text)), ".exe")
	switch {
	case tool == "link" && filepath.IsAbs(words[0].text):
		return p.link(env, words)
	case tool == "compile" && filepath.IsAbs(words[0].text):
		return p.compile(env, words)
	case tool == "asm":
		p.step.Refused = "it has assembly"
	case p.step.Refused == "":
		p.step.Refused = "it is not built by a compile alone (" + tool + ")"
	}
	return nil
}

func (p *recipeParser) compile(env []string, words []word) error {
	s := p.step
	if s.Tool != "" {
		return noRecipe("package %q is compiled twice", s.ImportPath)
	}
	s.Env, s.Tool = env, words[0].text
	if p.cd != "" && p.cd != "." {
		if p.where != "" && p.where != p.cd {
			return noRecipe("compiles in %q and in %q", p.where, p.cd)
		}
		p.where, p.recipe.Dir = p.cd, p.cd
	}
	args := words[1:]
	packed := false
	for i := 0; i < len(args); i++ {
		a := args[i].text
		value := func() string {
			if i++; i < len(args) {
				return args[i].text
			}
			return ""
		}
		switch {
		case a == "-symabis" || a == "-asmhdr": // the latter comes after -pack
			value()
			s.Refused = "it has assembly"
		case packed:
			if !strings.HasSuffix(a, ".go") {
				return noRecipe("%q among the files of %q", a, s.ImportPath)
			}
			s.Files = append(s.Files, a) // made absolute below
		case a == "-pack":
			packed = true
			s.Args = append(s.Args, a)
		case a == "-o":
			if base, ok := p.below(value()); !ok || base != "_pkg_.a" {
				return noRecipe("the compile of %q writes to %q", s.ImportPath, base)
			}
		case a == "-trimpath":
			v := value()
			if strings.Count(v, "$WORK") != 1 || !strings.Contains(v, p.objdir+"=>") {
				return noRecipe("package %q has -trimpath %q", s.ImportPath, v)
			}
			s.Args = append(s.Args, a, strings.Replace(v, p.objdir+"=>", Objdir+"=>", 1))
		case a == "-importcfg":
			if base, ok := p.below(value()); !ok || base != "importcfg" {
				return noRecipe("importcfg of %q", s.ImportPath)
			}
		case a == "-embedcfg":
			base, ok := p.below(value())
			text, written := p.text[base]
			if !ok || !written {
				return noRecipe("embedcfg of %q", s.ImportPath)
			}
			s.Embed = []byte(text)
		case a == "-buildid":
			s.BuildID = len(value())
		case strings.HasPrefix(a, "-c="):
			n, err := strconv.Atoi(a[len("-c="):])
			if err != nil || n < 1 {
				return noRecipe("package %q has %q", s.ImportPath, a)
			}
			s.Jobs = n
		case a == "-p" || a == "-goversion" || a == "-installsuffix" || a == "-D":
			s.Args = append(s.Args, a, value())
		case strings.HasPrefix(a, "-coveragecfg"), strings.HasPrefix(a, "-pgoprofile"):
			s.Refused = "it is built with " + strings.TrimSuffix(a[:strings.IndexAny(a+"=", "=")], "=")
		case knownCompilerFlag(a):
			s.Args = append(s.Args, a)
		default:
			s.Refused = fmt.Sprintf("its compile has the flag %q", a)
			return nil
		}
	}
	if s.Refused != "" {
		return nil
	}
	if !packed || s.BuildID == 0 || len(s.Files) == 0 {
		return noRecipe("the compile of %q lacks -pack, -buildid or files", s.ImportPath)
	}
	if err := p.files(s); err != nil {
		return err
	}
	for _, a := range s.Args {
		// The go command prints the script's directory as "." at the beginning of a word, and a user's flag may hold spaces.
		if strings.HasPrefix(a, ".") || strings.Contains(a, " .") || strings.Contains(a, "$WORK") {
			return noRecipe("package %q has the ambiguous argument %q", s.ImportPath, a)
		}
	}
	return nil
}

// knownCompilerFlag reports whether a is a flag of one word that changes nothing but the archive. The go command's own
// come first, then those that people give with -gcflags; others may print, or write files.
func knownCompilerFlag(a string) bool {
	switch a {
	case "-std", "-complete", "-dwarf=false", "-nolocalimports", "-race", "-msan", "-asan", "-shared", "-linkshared",
		"-N", "-l", "-B", "-C":
		return true
	}
	for _, p := range []string{"-lang=go", "-dwarf=", "-dwarflocationlists=", "-spectre="} {
		if strings.HasPrefix(a, p) {
			return true
		}
	}
	return false
}

// files makes the step's files absolute and compares them with those that the package is known to have.
func (p *recipeParser) files(s *Step) error {
	for i, f := range s.Files {
		if rest, ok := strings.CutPrefix(f, "."); ok {
			if p.cd == "" {
				return noRecipe("file %q of %q in an unknown directory", f, s.ImportPath)
			}
			f = p.cd + rest
		}
		if !filepath.IsAbs(f) {
			return noRecipe("file %q of %q", f, s.ImportPath)
		}
		s.Files[i] = filepath.Clean(f)
	}
	have, want := slices.Sorted(slices.Values(s.Files)), slices.Sorted(slices.Values(p.wanted[s.ImportPath]))
	if !slices.Equal(have, want) {
		return noRecipe("package %q is compiled from %q, not from %q", s.ImportPath, have, want)
	}
	return nil
}

func (p *recipeParser) link(env []string, words []word) error {
	k := &p.recipe.Link
	p.recipe.Main, p.linked = p.current, true
	k.Env, k.Tool = env, words[0].text
	args := words[1:]
	if len(args) == 0 {
		return noRecipe("a link of nothing")
	}
	if base, ok := p.below(args[len(args)-1].text); !ok || base != "_pkg_.a" {
		return noRecipe("the link does not end in the main package's archive")
	}
	args = args[:len(args)-1]
	for i := 0; i < len(args); i++ {
		a := args[i].text
		value := func() string {
			if i++; i < len(args) {
				return args[i].text
			}
			return ""
		}
		switch {
		case a == "-o":
			rest, ok := p.below(value())
			dir, name := filepath.Split(filepath.FromSlash(strings.ReplaceAll(rest, `\`, "/")))
			if !ok || filepath.Clean(dir) != "exe" || name == "" {
				return noRecipe("the link writes to %q", rest)
			}
			k.Name = name
		case a == "-importcfg":
			if base, ok := p.below(value()); !ok || base != "importcfg.link" {
				return noRecipe("importcfg of the link")
			}
		case strings.HasPrefix(a, "-buildid=") && k.BuildID == 0:
			k.BuildID = len(a) - len("-buildid=")
		case strings.HasPrefix(a, ".") || strings.Contains(a, " .") || strings.Contains(a, "$WORK"):
			return noRecipe("the link has the ambiguous argument %q", a)
		case a == "-linkshared" || a == "-pluginpath",
			strings.HasPrefix(a, "-buildmode=") && a != "-buildmode=exe" && a != "-buildmode=pie":
			return noRecipe("the link has %q", a)
		default:
			k.Args = append(k.Args, a)
		}
	}
	if k.Name == "" || k.BuildID == 0 {
		return noRecipe("the link lacks -o or -buildid")
	}
	text, ok := p.text["importcfg.link"]
	if !ok {
		return noRecipe("the link has no importcfg")
	}
	imports, other, err := p.importcfg(text)
	if err != nil {
		return err
	}
	for _, l := range other {
		if !strings.HasPrefix(l, "modinfo ") {
			return noRecipe("importcfg of the link: %q", l)
		}
		if strings.Contains(l, `\nbuild\tvcs`) {
			// It changes with the first edit after a commit, and the recipe would not.
			return noRecipe("the program is stamped with the state of version control")
		}
	}
	k.Imports, k.Other = imports, other
	if err := p.closeSection(); err != nil {
		return err
	}
	p.step = nil
	return nil
}

func (p *recipeParser) importcfg(text string) (imports, other []string, err error) {
	for l := range strings.Lines(text) {
		l = strings.TrimSuffix(l, "\n")
		switch rest, ok := strings.CutPrefix(l, "packagefile "); {
		case l == "" || strings.HasPrefix(l, "#"):
		case ok:
			path, file, ok := strings.Cut(rest, "=")
			dir, found := strings.CutSuffix(file, "/_pkg_.a")
			if !found {
				dir, found = strings.CutSuffix(file, `\_pkg_.a`)
			}
			if !ok || !found || p.objdirs[dir] != path {
				return nil, nil, noRecipe("importcfg: %q", l)
			}
			imports = append(imports, path)
		default:
			other = append(other, l)
		}
	}
	return imports, other, nil
}

func (p *recipeParser) finish() (*Recipe, error) {
	r := p.recipe
	if !p.linked {
		return nil, noRecipe("nothing is linked")
	}
	for path := range p.wanted {
		if r.Steps[path] == nil {
			return nil, noRecipe("package %q is not built", path)
		}
	}
	// What was read is parts of all that was printed, most of which is not wanted any more.
	words := make(map[string]string)
	own := func(s *string) {
		w, ok := words[*s]
		if !ok {
			w = strings.Clone(*s)
			words[w] = w
		}
		*s = w
	}
	r.strings(own)
	for _, s := range r.Steps {
		if s.Refused == "" && s.Tool == "" {
			return nil, noRecipe("package %q is not compiled", s.ImportPath)
		}
	}
	return r, nil
}
