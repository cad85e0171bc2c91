package config

import (
	"fmt"
	"slices"
	"strings"
)

// A Program is a table [program.NAME]: one of those that -programs runs.
type Program struct {
	Name        string
	Package     string   // as the file says it; "" of a command
	Command     []string // of a program that is no Go package; nil else
	Needs       []string // programs that have to be ready before it starts
	RestartWith []string // programs with which it is started again
	Stdin       bool     // gorun's standard input is its own
	Profile     string   // that holds for it; "" if that is the one of all
}

// The keys of a program that are no flags.
const (
	keyProgram     = "program"
	keyPackage     = "package"
	keyCommand     = "command"
	keyNeeds       = "needs"
	keyRestartWith = "restart-with"
	keyStdin       = "stdin"
)

// programKeys are the keys that a program has and no other section.
var programKeys = []string{keyPackage, keyCommand, keyNeeds, keyRestartWith, keyStdin}

// A program is a Program with its settings, and where the file says what.
type program struct {
	Program
	section
	at          position
	needs       []value // one for each of Needs
	restartWith []value
	profileAt   position
}

// Programs returns the programs in the file's order.
func (f *File) Programs() []Program {
	var list []Program
	for _, p := range f.programs {
		list = append(list, p.Program)
	}
	return list
}

// ProgramSettings returns what holds for a program under a profile, by default its own, else
// the file's first one. The program's keys win over those of the profile.
func (f *File) ProgramSettings(name, profile string) (Settings, error) {
	i := slices.IndexFunc(f.programs, func(p program) bool { return p.Name == name })
	if i < 0 {
		return Settings{}, f.NoProgram(name)
	}
	p := f.programs[i]
	if profile == "" {
		profile = p.Profile
	}
	s, err := f.Settings(profile)
	if err != nil {
		return s, err
	}
	s.Flags = append(s.Flags, p.flags...)
	if p.hasArgs {
		s.Args, s.HasArgs = p.args, true
	}
	return s, nil
}

// NoProgram says that there is no program of a name.
func (f *File) NoProgram(name string) error {
	if len(f.programs) == 0 {
		return fmt.Errorf("there is no program %q: %s has none\nadd a table [program.%s] to it", name, Name, name)
	}
	names := f.programNames()
	hint := didYouMean(name, names)
	if hint == "" {
		hint = "it has " + strings.Join(names, ", ")
	}
	return fmt.Errorf("there is no program %q in %s\n%s", name, Name, hint)
}

func (f *File) programNames() []string {
	var names []string
	for _, p := range f.programs {
		names = append(names, p.Name)
	}
	return names
}

// programs reads the tables [program.X].
func (r *reader) programs(f *File, e *entry) *Error {
	err := checkTables(e, keyProgram, "[program.api]", func(name string) string {
		if !slices.Contains(programKeys, name) && r.key(name, false) == nil {
			return ""
		}
		return "settings of a program stand in its own table, such as [program.api]"
	})
	if err != nil {
		return err
	}
	for _, t := range e.val.keys {
		p, err := r.program(t)
		if err != nil {
			return err
		}
		f.programs = append(f.programs, p)
	}
	return f.checkPrograms()
}

// program reads one table.
func (r *reader) program(t entry) (p program, err *Error) {
	p.Name, p.at = t.name, t.at
	settings := &value{kind: kindTable, at: t.val.at}
	for _, e := range t.val.keys {
		switch e.name {
		case keyPackage:
			p.Package, err = str(keyPackage, e.val)
		case keyCommand:
			if p.Command, err = strs(keyCommand, e.val); err == nil && (len(p.Command) == 0 || p.Command[0] == "") {
				err = e.at.fault("command must name a command and its arguments")
			}
		case keyNeeds:
			p.Needs, err = strs(keyNeeds, e.val)
			p.needs = e.val.list
		case keyRestartWith:
			p.RestartWith, err = strs(keyRestartWith, e.val)
			p.restartWith = e.val.list
		case keyStdin:
			if e.val.kind != kindBool {
				err = e.val.at.fault(fmt.Sprintf("stdin must be true or false, not the %s", e.val))
			}
			p.Stdin = e.val.text == "true"
		case keyProfile:
			p.Profile, err = str(keyProfile, e.val)
			p.profileAt = e.at
		default:
			settings.keys = append(settings.keys, e)
		}
		if err != nil {
			return p, err
		}
	}
	switch {
	case p.Package == "" && p.Command == nil:
		return p, p.at.fault(fmt.Sprintf("program.%s: neither package nor command says what it is", p.Name))
	case p.Package != "" && p.Command != nil:
		return p, p.at.fault(fmt.Sprintf("program.%s: package and command exclude each other", p.Name))
	}
	for _, e := range settings.keys {
		if err := r.checkProgramKey(p, e); err != nil {
			return p, err
		}
	}
	p.section, err = r.section(settings, inProgram)
	return p, err
}

// checkProgramKey refuses what is a key elsewhere and means nothing for this program.
func (r *reader) checkProgramKey(p program, e entry) *Error {
	k := r.key(e.name, false)
	switch {
	case k != nil && k.Whole:
		err := e.at.fault(fmt.Sprintf("program.%s: %s is for all programs together", p.Name, e.name))
		err.Hint = fmt.Sprintf("%q stands at the top of the file", e.name)
		return err
	case p.Command == nil:
		return nil
	case e.name == keyArgs:
		return e.at.fault(fmt.Sprintf("program.%s: the arguments of a command stand in command", p.Name))
	case e.name == keyBuildFlags, k != nil && (k.Go || k.Package):
		return e.at.fault(fmt.Sprintf("program.%s: %s is for Go programs, and this is a command", p.Name, e.name))
	}
	if e.name == keyHooks && e.val.kind == kindTable {
		for _, h := range e.val.keys {
			if k := r.key(h.name, true); k != nil && k.Package {
				return h.at.fault(fmt.Sprintf("program.%s: %s is for Go programs, and this is a command", p.Name, h.name))
			}
		}
	}
	return nil
}

// str reads a string that is not empty.
func str(name string, v *value) (string, *Error) {
	if v.kind != kindString || v.text == "" {
		return "", v.at.fault(fmt.Sprintf("%s must be a string, and not empty, not the %s", name, v))
	}
	return v.text, nil
}

// checkPrograms checks what programs say of each other, and of profiles.
func (f *File) checkPrograms() *Error {
	var reads *program
	for i := range f.programs {
		p := &f.programs[i]
		if err := f.checkNames(p, keyNeeds, p.needs); err != nil {
			return err
		}
		if err := f.checkNames(p, keyRestartWith, p.restartWith); err != nil {
			return err
		}
		if p.Stdin && reads != nil {
			return p.at.fault(fmt.Sprintf("program.%s: stdin is %s's already: one program can read it", p.Name, reads.Name))
		}
		if p.Stdin {
			reads = p
		}
		if p.Profile != "" && !slices.Contains(f.Profiles(), p.Profile) {
			err := p.profileAt.fault(fmt.Sprintf("program.%s: there is no profile %q", p.Name, p.Profile))
			err.Hint = didYouMean(p.Profile, f.Profiles())
			return err
		}
	}
	return f.findCycle()
}

// checkNames checks the names of other programs in a list.
func (f *File) checkNames(p *program, key string, names []value) *Error {
	for _, v := range names {
		switch {
		case v.text == p.Name:
			return v.at.fault(fmt.Sprintf("program.%s: %s names itself", p.Name, key))
		case !slices.Contains(f.programNames(), v.text):
			err := v.at.fault(fmt.Sprintf("program.%s: %s: there is no program %q", p.Name, key, v.text))
			err.Hint = didYouMean(v.text, f.programNames())
			return err
		}
	}
	return nil
}

// findCycle refuses programs that wait for each other, or start each other again without an end.
func (f *File) findCycle() *Error {
	err := f.findCycleOf("programs need each other: ", " needs ", ", so none of them can start",
		func(p program) []string { return p.Needs })
	if err != nil {
		return err
	}
	return f.findCycleOf("programs restart each other: ", " restarts with ", ", without an end",
		func(p program) []string { return p.RestartWith })
}

func (f *File) findCycleOf(what, verb, follows string, next func(program) []string) *Error {
	done := map[string]bool{}
	var path []string
	var visit func(p program) *Error
	visit = func(p program) *Error {
		if i := slices.Index(path, p.Name); i >= 0 {
			return p.at.fault(what + strings.Join(append(slices.Clone(path[i:]), p.Name), verb) + follows)
		}
		if done[p.Name] {
			return nil
		}
		path = append(path, p.Name)
		for _, name := range next(p) {
			i := slices.IndexFunc(f.programs, func(q program) bool { return q.Name == name })
			if err := visit(f.programs[i]); err != nil {
				return err
			}
		}
		path = path[:len(path)-1]
		done[p.Name] = true
		return nil
	}
	for _, p := range f.programs {
		if err := visit(p); err != nil {
			return err
		}
	}
	return nil
}
