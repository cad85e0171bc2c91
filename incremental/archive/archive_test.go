package archive

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// testRunner runs commands as a test needs it.
func testRunner(ctx context.Context, argv []string, dir string, env []string) (stdout, stderr []byte, err error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = dir, env
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	err = cmd.Run()
	return o.Bytes(), e.Bytes(), err
}

// tool runs the go command in dir.
func goTool(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, stderr, err := testRunner(t.Context(), append([]string{"go"}, args...), dir, os.Environ())
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, stderr)
	}
	return string(out)
}

// compileText compiles a package p without imports and returns its archive.
func compileText(t *testing.T, text, id string) string {
	t.Helper()
	dir := t.TempDir()
	src := filepath.Join(dir, "p.go")
	if err := os.WriteFile(src, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	cfg := filepath.Join(dir, "importcfg")
	if err := os.WriteFile(cfg, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "p.a")
	goTool(t, dir, "tool", "compile", "-o", out, "-trimpath", dir, "-p", "example.com/p",
		"-importcfg", cfg, "-buildid", id, "-pack", src)
	return out
}

const sample = `package p

func F(x int) int {
	for x < 100 {
		x *= 3
		defer func() {}()
	}
	return x
}

func G() int { return 1 }
`

func TestReadArchive(t *testing.T) {
	read := func(text, id string) Archive {
		a, err := Read(compileText(t, text, id))
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := read(sample, "one")
	info, err := os.Stat(a.Path)
	if err != nil || info.Size() != a.Size || a.Fingerprint == (Fingerprint{}) {
		t.Errorf("archive %+v of %d bytes: %v", a, info.Size(), err)
	}
	same := func(b Archive) [3]bool {
		return [3]bool{a.Export == b.Export, a.Identity == b.Identity, a.Fingerprint == b.Fingerprint}
	}
	for _, tt := range []struct {
		name string
		b    Archive
		want [3]bool // export data, all, fingerprint
	}{
		{"another build ID, longer", read(sample, "another"), [3]bool{true, true, true}},
		{"body", read(strings.Replace(sample, "x *= 3", "x *= 5", 1), "one"), [3]bool{true, false, true}},
		{"inlinable body", read(strings.Replace(sample, "return 1", "return 2", 1), "one"), [3]bool{false, false, false}},
		{"line", read(strings.Replace(sample, "x *= 3", "\nx *= 3", 1), "one"), [3]bool{false, false, false}},
		{"comment", read(sample+"// end\n", "one"), [3]bool{true, true, true}},
	} {
		if got := same(tt.b); got != tt.want {
			t.Errorf("%s: same %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestWriteWithFingerprint(t *testing.T) {
	p := compileText(t, sample, "one")
	before, err := Read(p)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "x.a")
	fp := Fingerprint{1, 2, 3, 4, 5, 6, 7, 8}
	if err := WriteWithFingerprint(to, p, fp); err != nil {
		t.Fatal(err)
	}
	after, err := Read(to)
	if err != nil {
		t.Fatal(err)
	}
	if after.Fingerprint != fp || after.Export != before.Export || after.Identity == before.Identity ||
		after.Size != before.Size {
		t.Errorf("%+v, was %+v", after, before)
	}
	back := filepath.Join(t.TempDir(), "y.a")
	if err := WriteWithFingerprint(back, to, before.Fingerprint); err != nil {
		t.Fatal(err)
	}
	x, _ := os.ReadFile(p)
	y, _ := os.ReadFile(back)
	if !bytes.Equal(x, y) {
		t.Error("setting the fingerprint back does not give the archive back")
	}
}

func TestReadSymbols(t *testing.T) {
	names := func(text string) string {
		syms, err := Symbols(compileText(t, text, "x"))
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for _, s := range syms {
			if strings.HasPrefix(s.Name, "example.com/p.") {
				list = append(list, s.Name)
			}
		}
		return strings.Join(list, " ")
	}
	if got, want := names(sample), "example.com/p.F example.com/p.G"; !strings.HasPrefix(got, want) {
		t.Errorf("symbols %q, want %q first", got, want)
	}
	if got := names(sample + "func h() {}\n"); !strings.Contains(got, "example.com/p.h") {
		t.Errorf("symbols %q", got)
	}
}

// No content makes the readers of archives fail in another way than with an error.
func FuzzReadArchive(f *testing.F) {
	f.Add([]byte("!<arch>\n__.PKGDEF       0           0     0     644     20        `\ngo object x y z\n\n\n\n\n"))
	f.Add([]byte("!<arch>\n_go_.o          0           0     0     644     34        `\n" +
		"go object x\n\n!\n\x00go120ld01234567\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		read(bytes.NewReader(data))
		if o, err := findObject(bytes.NewReader(data)); err == nil {
			symbols(o)
		}
	})
}
