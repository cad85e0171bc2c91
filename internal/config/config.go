package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/internal/plainfile"
)

// An Error is a fault of the file.
type Error struct {
	File         string // as Load or Parse was given it
	Line, Column int    // from 1; Column is 0 if it is not known
	Text         string
	Hint         string // what to do, "" if nothing is sure
}

func (e *Error) Error() string {
	s := fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text)
	if e.Hint != "" {
		s += "\n" + e.Hint
	}
	return s
}

func (p position) fault(text string) *Error {
	return &Error{Line: p.line, Column: p.column, Text: text}
}

// A File is gorun.toml, read and found right.
type File struct {
	path     string
	top      section
	profiles []profile // in the file's order
	programs []program // likewise
}

type profile struct {
	name string
	section
}

// A section is the top of the file, a profile, or a program.
type section struct {
	flags   []string
	args    []string
	hasArgs bool
}

// Settings are what the file says for one profile.
type Settings struct {
	Profile string   // "" if the file has none
	Flags   []string // "-name=value": those of the file's top, then those of the profile
	Args    []string // the program's
	HasArgs bool     // Args are given, perhaps as none
}

// The keys that are no flags.
const (
	keyArgs       = "args"
	keyBuildFlags = "build-flags"
	keyHooks      = "hooks"
	keyProfile    = "profile"
)

// Load reads the file at path, which errors call by name.
func Load(path, name string, keys []Key) (*File, error) {
	data, err := plainfile.Read(path)
	if err != nil {
		var e *os.PathError
		if errors.As(err, &e) {
			err = e.Err
		}
		return nil, fmt.Errorf("reading %q: %w", name, err)
	}
	return Parse(path, name, data, keys)
}

// Parse is Load of what was read.
func Parse(path, name string, data []byte, keys []Key) (*File, error) {
	f := &File{path: path}
	doc, err := parse(data)
	if err == nil {
		r := reader{keys: keys, dir: filepath.Dir(path)}
		err = r.file(f, doc)
	}
	if err != nil {
		err.File = name
		return nil, err
	}
	return f, nil
}

// Settings returns what holds under a profile, by default the first one.
func (f *File) Settings(name string) (Settings, error) {
	s := Settings{Flags: slices.Clone(f.top.flags), Args: f.top.args, HasArgs: f.top.hasArgs}
	if name == "" && len(f.profiles) == 0 {
		return s, nil
	}
	i := slices.IndexFunc(f.profiles, func(p profile) bool { return name == "" || p.name == name })
	if i < 0 {
		return s, f.noProfile(name)
	}
	p := f.profiles[i]
	s.Profile = p.name
	s.Flags = append(s.Flags, p.flags...)
	if p.hasArgs {
		s.Args, s.HasArgs = p.args, true
	}
	return s, nil
}

// Profiles returns the names of the profiles, the default first.
func (f *File) Profiles() []string {
	var names []string
	for _, p := range f.profiles {
		names = append(names, p.name)
	}
	return names
}

func (f *File) noProfile(name string) error {
	names := f.Profiles()
	if len(names) == 0 {
		return fmt.Errorf("there is no profile %q: %s has none\nadd a table [profile.%s] to it", name, Name, name)
	}
	hint := didYouMean(name, names)
	if hint == "" {
		hint = "it has " + strings.Join(names, ", ")
	}
	return fmt.Errorf("there is no profile %q in %s\n%s", name, Name, hint)
}

// A reader turns a document into a File.
type reader struct {
	keys []Key
	dir  string
}

func (r *reader) file(f *File, doc *value) (err *Error) {
	if f.top, err = r.section(doc, atTop); err != nil {
		return err
	}
	if e := doc.entry(keyProfile); e != nil {
		if err := r.profiles(f, e); err != nil {
			return err
		}
	}
	if e := doc.entry(keyProgram); e != nil {
		return r.programs(f, e)
	}
	return nil
}

// profiles reads the tables [profile.X].
func (r *reader) profiles(f *File, e *entry) *Error {
	err := checkTables(e, keyProfile, "[profile.dev]", func(name string) string {
		if r.key(name, false) == nil {
			return ""
		}
		return fmt.Sprintf("settings of a profile stand in its own table, such as [profile.dev]; "+
			"%q for all of them stands at the top of the file", name)
	})
	if err != nil {
		return err
	}
	for _, p := range e.val.keys {
		s, err := r.section(p.val, inProfile)
		if err != nil {
			return err
		}
		f.profiles = append(f.profiles, profile{p.name, s})
	}
	return nil
}

// checkTables checks that what is below a key are tables with names. hint is what is said of a setting that stands
// there instead; "" if the name is none's.
func checkTables(e *entry, what, example string, hint func(name string) string) *Error {
	if e.val.kind != kindTable {
		return e.at.fault(fmt.Sprintf("%s must be tables such as %s, not the %s", what, example, e.val))
	}
	for _, t := range e.val.keys {
		if !validName(t.name) {
			return t.at.fault(fmt.Sprintf("%q is no name for a %s: letters, digits, - _ and . are", t.name, what))
		}
		if t.val.kind != kindTable {
			err := t.at.fault(fmt.Sprintf("%s.%s must be a table, not the %s", what, t.name, t.val))
			err.Hint = hint(t.name)
			return err
		}
	}
	return nil
}

func validName(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == ""
}

// A place is where a table of settings stands.
type place int

const (
	atTop place = iota
	inProfile
	inProgram
)

// section reads a table of settings. Profiles and programs are for the file's top.
func (r *reader) section(table *value, at place) (s section, err *Error) {
	top := at == atTop
	for _, e := range table.keys {
		var words []string
		switch {
		case (e.name == keyProfile || e.name == keyProgram) && top:
			continue
		case e.name == keyProgram:
			err = e.at.fault("a program stands at the top of the file: [program.NAME]")
		case e.name == keyProfile:
			err = e.at.fault("a profile has no profiles of its own")
		case e.name == keyArgs:
			s.hasArgs = true
			s.args, err = strs(keyArgs, e.val)
		case e.name == keyBuildFlags:
			words, err = r.buildFlags(e.val)
		case e.name == keyHooks:
			words, err = r.hooks(e)
		default:
			words, err = r.flag(e, false)
			switch {
			case err == nil || err.Hint != "":
			case top && e.val.kind == kindTable && (e.val.entry(keyPackage) != nil || e.val.entry(keyCommand) != nil):
				err.Hint = fmt.Sprintf("a program is a table [program.%s]", e.name)
			case top && e.val.kind == kindTable:
				err.Hint = fmt.Sprintf("a profile is a table [profile.%s]", e.name)
			case at != inProgram && slices.Contains(programKeys, e.name):
				err.Hint = fmt.Sprintf("%q stands in the table of a program, such as [program.api]", e.name)
			case at == inProgram:
				err.Hint = didYouMean(e.name, programKeys)
			}
		}
		if err != nil {
			return s, err
		}
		s.flags = append(s.flags, words...)
	}
	return s, nil
}

func (r *reader) key(name string, hook bool) *Key {
	i := slices.IndexFunc(r.keys, func(k Key) bool { return k.Name == name && k.Hook == hook })
	if i < 0 {
		return nil
	}
	return &r.keys[i]
}

func (r *reader) flag(e entry, hook bool) ([]string, *Error) {
	if k := r.key(e.name, hook); k != nil {
		return k.words(e.val, r.dir)
	}
	err := e.at.fault(fmt.Sprintf("unknown key %q", e.name))
	var names []string
	for _, k := range r.keys {
		if k.Hook == hook {
			names = append(names, k.Name)
		}
	}
	if !hook {
		names = append(names, keyArgs, keyBuildFlags, keyHooks, keyProfile, keyProgram)
	}
	switch other := r.key(e.name, !hook); {
	case other != nil && hook:
		err.Hint = fmt.Sprintf("%q stands outside of [hooks]", e.name)
	case other != nil:
		err.Hint = fmt.Sprintf("%q stands in [hooks]", e.name)
	case e.val.kind == kindTable && !hook:
		err.Hint = didYouMean(e.name, []string{keyHooks, keyProfile, keyProgram})
	default:
		err.Hint = didYouMean(strings.TrimLeft(e.name, "-"), names)
	}
	return nil, err
}

func (r *reader) hooks(e entry) (words []string, err *Error) {
	if e.val.kind != kindTable {
		return nil, e.at.fault(fmt.Sprintf("hooks must be a table [hooks], not the %s", e.val))
	}
	for _, h := range e.val.keys {
		w, err := r.flag(h, true)
		if err != nil {
			return nil, err
		}
		words = append(words, w...)
	}
	return words, nil
}

// buildFlags reads flags as they would stand on the command line, each a word.
func (r *reader) buildFlags(v *value) ([]string, *Error) {
	list, err := strs(keyBuildFlags, v)
	if err != nil {
		return nil, err
	}
	var words []string
	for i, word := range list {
		at := v.list[i].at
		name, text, given := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(word, "-"), "-"), "=")
		if !strings.HasPrefix(word, "-") || name == "" || name[0] == '-' {
			return nil, at.fault(fmt.Sprintf("build-flags: %q is not a flag such as \"-race\" or \"-tags=dev\"", word))
		}
		k := r.key(name, false)
		switch {
		case k == nil:
			err := at.fault(fmt.Sprintf("build-flags: unknown flag -%s", name))
			err.Hint = didYouMean(name, r.buildNames())
			return nil, err
		case !k.Go:
			return nil, at.fault(fmt.Sprintf("build-flags: -%[1]s is no build flag, "+
				"it has a key of its own: %[1]s", name))
		case k.Type == Command:
			return nil, at.fault(fmt.Sprintf("build-flags: -%[1]s is a command, it has a key of its own: "+
				`%[1]s = ["command", "argument"]`, name))
		}
		if !given {
			if k.Type != Bool {
				return nil, at.fault(fmt.Sprintf("build-flags: -%s needs a value, as in \"-%s=value\"", name, name))
			}
			text = "true"
		}
		if k.Check != nil {
			if err := k.Check(text); err != nil {
				return nil, at.fault(fmt.Sprintf("build-flags: invalid value %q for -%s: %v", text, name, err))
			}
		}
		words = append(words, "-"+name+"="+k.Path.from(r.dir, text))
	}
	return words, nil
}

func (r *reader) buildNames() []string {
	var names []string
	for _, k := range r.keys {
		if k.Go && k.Type != Command {
			names = append(names, k.Name)
		}
	}
	return names
}

// strs reads a list of strings.
func strs(name string, v *value) ([]string, *Error) {
	if v.kind != kindArray {
		return nil, v.at.fault(fmt.Sprintf("%s must be a list of strings, not the %s", name, v))
	}
	list := make([]string, len(v.list))
	for i := range v.list {
		if v.list[i].kind != kindString {
			w := &v.list[i]
			return nil, w.at.fault(fmt.Sprintf("%s must be a list of strings: the %s is none", name, w))
		}
		list[i] = v.list[i].text
	}
	return list, nil
}
