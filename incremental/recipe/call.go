package recipe

import (
	"path/filepath"
	"strings"
)

// A Call is a compile as the go command really starts it: a step, and what stands for the step's placeholders.
type Call struct {
	Step     Step // without ImportPath, which no command line holds
	Out      string
	BuildID  string
	Archives map[string]string // the archive of each import
}

// ParseCall reads the command line of a compile that the go command starts; read returns a
// file's content. The result is false for one that Parse would refuse, and for one that is not
// understood.
func ParseCall(argv []string, read func(name string) ([]byte, error)) (*Call, bool) {
	if len(argv) == 0 || strings.TrimSuffix(filepath.Base(argv[0]), ".exe") != "compile" {
		return nil, false
	}
	c := &Call{Step: Step{Tool: argv[0]}}
	s := &c.Step
	args := argv[1:]
	var importcfg, embedcfg string
	packed := false
	for i := 0; i < len(args); i++ {
		a := args[i]
		value := func() string {
			if i++; i < len(args) {
				return args[i]
			}
			return ""
		}
		switch {
		case packed:
			if !strings.HasSuffix(a, ".go") || !filepath.IsAbs(a) || strings.HasPrefix(a, filepath.Dir(c.Out)) {
				return nil, false // one in the objdir would go by another name
			}
			s.Files = append(s.Files, a)
		case a == "-pack":
			packed = true
			s.Args = append(s.Args, a)
		case a == "-o":
			c.Out = value()
		case a == "-importcfg":
			importcfg = value()
		case a == "-embedcfg":
			embedcfg = value()
		case a == "-buildid":
			c.BuildID = value()
			s.BuildID = len(c.BuildID)
		case a == "-trimpath":
			objdir, v := filepath.Dir(c.Out), value() // -o comes first
			if strings.Count(v, objdir+"=>") != 1 {
				return nil, false
			}
			s.Args = append(s.Args, a, strings.Replace(v, objdir+"=>", Objdir+"=>", 1))
		case strings.HasPrefix(a, "-c="):
		case a == "-p" || a == "-goversion" || a == "-installsuffix" || a == "-D":
			s.Args = append(s.Args, a, value())
		case knownCompilerFlag(a):
			s.Args = append(s.Args, a)
		default:
			return nil, false
		}
	}
	if c.Out == "" || c.BuildID == "" || importcfg == "" || len(s.Files) == 0 {
		return nil, false
	}
	text, err := read(importcfg)
	if err != nil || !c.importcfg(string(text)) {
		return nil, false
	}
	if embedcfg != "" {
		if s.Embed, err = read(embedcfg); err != nil {
			return nil, false
		}
	}
	return c, true
}

func (c *Call) importcfg(text string) bool {
	c.Archives = make(map[string]string)
	for l := range strings.Lines(text) {
		l = strings.TrimSuffix(l, "\n")
		switch rest, ok := strings.CutPrefix(l, "packagefile "); {
		case l == "" || strings.HasPrefix(l, "#"):
		case ok:
			path, file, ok := strings.Cut(rest, "=")
			if !ok || c.Archives[path] != "" {
				return false
			}
			c.Step.Imports = append(c.Step.Imports, path)
			c.Archives[path] = file
		case strings.HasPrefix(l, "importmap "):
			c.Step.ImportMap = append(c.Step.ImportMap, l)
		default:
			return false
		}
	}
	return true
}
