package flags

import (
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/internal/config"
	"github.com/gorun-dev/gorun/internal/goflags"
)

// Keys lists what may stand in gorun.toml: gorun's flags and the go command's, so that
// none is forgotten.
func Keys() []config.Key {
	var list []config.Key
	f := Default()
	for _, o := range f.Table() {
		if o.group&notKey != 0 {
			continue
		}
		list = append(list, config.Key{
			Name: o.Name, Type: o.toml, Path: o.path, Hook: o.group&inHooks != 0,
			Whole: o.group&ofAll != 0, Package: o.group&ofPackage != 0,
			Check: func(text string) error { return checkValue(o.Name, text) },
		})
	}
	for _, f := range goflags.Flags() {
		k := config.Key{Name: f.Name, Go: true, Check: f.Check}
		switch {
		case f.Bool:
			k.Type = config.Bool
		case f.Name == "p":
			k.Type = config.Integer
		case f.Name == "tags":
			k.Type = config.Tags
		case f.Name == "exec", f.Name == "toolexec":
			k.Type = config.Command
		case f.Name == "modfile", f.Name == "overlay":
			k.Path = config.FilePath
		case f.Name == "pgo":
			k.Path = config.WordPath
		}
		list = append(list, k)
	}
	return list
}

// checkValue says what one of gorun's flags has against a value.
func checkValue(name, text string) error {
	f := Default()
	o := f.find(name)
	if err := o.Value.Set(text); err != nil {
		return err
	}
	return o.check()
}

// find returns the flag of that name, the zero Flag if gorun has none.
func (f *Flags) find(name string) Flag {
	table := f.Table()
	if i := slices.IndexFunc(table, func(o Flag) bool { return o.Name == name }); i >= 0 {
		return table[i]
	}
	return Flag{}
}

// withoutLiveOnly returns the flags of gorun.toml without those that mean nothing with
// -once, where they are an error on the command line.
func (f *Flags) withoutLiveOnly(words []string) []string {
	return slices.DeleteFunc(words, func(word string) bool {
		name, _, _ := strings.Cut(strings.TrimPrefix(word, "-"), "=")
		return f.find(name).group&liveOnly != 0
	})
}
