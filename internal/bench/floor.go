package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
)

// floor compiles the changed package and links, with the archives that the go
// command has in its cache. Where the edit changes what importers see, the linker
// would refuse their old archives together with the new one: then the package's
// old one is linked from then on, and what comes out has the right cost and old
// code.
type floor struct {
	started
	dir      string // for what is made
	packages map[string]listed
	tools    map[string]string // the compiler and the linker
	moved    bool              // an edit has changed what importers see
}

func newFloor(tn *turn) manual { return &floor{started: started{tn: tn}} }

func (h *floor) prepare(ctx context.Context) error {
	tn := h.tn
	dir, err := os.MkdirTemp(tn.work, "floor")
	if err != nil {
		return err
	}
	list, err := tn.program.list(ctx, tn.run, "-export")
	if err != nil {
		return err
	}
	h.dir, h.packages, h.tools = dir, make(map[string]listed), make(map[string]string)
	for _, p := range list {
		h.packages[p.ImportPath] = p
	}
	for _, name := range []string{"compile", "link"} {
		out, err := tn.output(ctx, tn.program.root, nil, "go", "tool", "-n", name)
		if err != nil {
			return err
		}
		h.tools[name] = strings.TrimSpace(string(out))
	}
	for _, p := range []listed{h.packages[h.importPath("main")], h.packages[h.importPath("body")]} {
		if err := plain(p); err != nil {
			return err
		}
		if err := h.config(p); err != nil {
			return err
		}
	}
	var link strings.Builder
	for _, p := range list {
		if p.Export != "" {
			fmt.Fprintf(&link, "packagefile %s=%s\n", p.ImportPath, p.Export)
		}
	}
	return writeFile(filepath.Join(h.dir, "link.cfg"), link.String())
}

// plain says whether one compile line, without assembly, C or other embedded
// files than the edited one, makes a package.
func plain(p listed) error {
	others := len(p.EmbedPatterns)
	if len(p.EmbedPatterns) > 0 && p.EmbedPatterns[0] == pageFile {
		others--
	}
	if len(p.CgoFiles) > 0 || len(p.SFiles) > 0 || others > 0 {
		return errNoFloor
	}
	return nil
}

var errNoFloor = errors.New("the edited package has cgo, assembly or embedded files of its own")

// importPath returns the package that an edit changes.
func (h *floor) importPath(e string) string {
	p := h.tn.program
	if e == "main" {
		return path.Join(p.module, p.mainDir)
	}
	return path.Join(p.module, p.libDir)
}

func cfgName(p listed) string { return strings.ReplaceAll(p.ImportPath, "/", "_") }

// config writes what the compiler is told about a package's imports and
// embedded file.
func (h *floor) config(p listed) error {
	var cfg strings.Builder
	for from, to := range p.ImportMap {
		fmt.Fprintf(&cfg, "importmap %s=%s\n", from, to)
	}
	for _, imp := range p.Imports {
		if q := h.packages[imp]; q.Export != "" {
			fmt.Fprintf(&cfg, "packagefile %s=%s\n", imp, q.Export)
		}
	}
	if err := writeFile(filepath.Join(h.dir, cfgName(p)+".cfg"), cfg.String()); err != nil {
		return err
	}
	if len(p.EmbedPatterns) == 0 {
		return nil
	}
	embed, err := json.Marshal(map[string]any{
		"Patterns": map[string][]string{pageFile: {pageFile}},
		"Files":    map[string]string{pageFile: filepath.Join(p.Dir, pageFile)},
	})
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(h.dir, cfgName(p)+".embed"), string(embed))
}

func (h *floor) saved(ctx context.Context, e string) error {
	if h.dir == "" {
		if err := h.prepare(ctx); err != nil {
			return err
		}
	}
	p := h.packages[h.importPath(e)]
	archive := filepath.Join(h.dir, cfgName(p)+".a")
	name := p.ImportPath
	if p.Name == "main" {
		name = "main"
	}
	argv := []string{
		h.tools["compile"], "-o", archive, "-p", name, "-importcfg", filepath.Join(h.dir, cfgName(p)+".cfg"),
		"-pack", "-complete", "-dwarf=false", fmt.Sprintf("-c=%d", min(4, runtime.GOMAXPROCS(0))),
	}
	if p.Module != nil && p.Module.GoVersion != "" {
		argv = append(argv, "-lang=go"+majorMinor(p.Module.GoVersion))
	}
	if len(p.EmbedPatterns) > 0 {
		argv = append(argv, "-embedcfg", filepath.Join(h.dir, cfgName(p)+".embed"))
	}
	for _, f := range p.GoFiles {
		argv = append(argv, filepath.Join(p.Dir, f))
	}
	if err := h.tn.make(ctx, argv...); err != nil {
		return err
	}
	cfg := filepath.Join(h.dir, "link.cfg")
	h.moved = h.moved || editNamed(e).exports
	if !h.moved {
		var err error
		if cfg, err = h.with(p, archive); err != nil {
			return err
		}
	}
	main := h.packages[h.importPath("main")].Export
	if p.Name == "main" {
		main = archive
	}
	exe := filepath.Join(h.tn.program.root, h.tn.tool.exe())
	if err := os.MkdirAll(filepath.Dir(exe), 0o777); err != nil {
		return err
	}
	next := exe + "-next" // the old one runs
	argv = []string{h.tools["link"], "-o", next, "-importcfg", cfg, "-s", "-w", "-buildmode=exe", main}
	if err := h.tn.make(ctx, argv...); err != nil {
		return err
	}
	h.stop()
	if err := os.Rename(next, exe); err != nil {
		return err
	}
	return h.replace(append([]string{exe}, h.tn.program.args...))
}

// with returns the linker's list of archives with a package's replaced.
func (h *floor) with(p listed, archive string) (string, error) {
	cfg := filepath.Join(h.dir, "link.cfg")
	data, err := os.ReadFile(cfg)
	if err != nil {
		return "", err
	}
	old := fmt.Sprintf("packagefile %s=%s\n", p.ImportPath, p.Export)
	cfg = filepath.Join(h.dir, "relink.cfg")
	changed := fmt.Sprintf("packagefile %s=%s\n", p.ImportPath, archive)
	return cfg, writeFile(cfg, strings.Replace(string(data), old, changed, 1))
}

// majorMinor cuts a Go version to what the compiler's -lang takes.
func majorMinor(v string) string {
	parts := strings.SplitN(v, ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}
