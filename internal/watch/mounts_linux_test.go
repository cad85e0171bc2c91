package watch

import (
	"path/filepath"
	"syscall"
	"testing"
)

// bind mounts from over to, and takes the mount away at the end of the test.
func (r *rig) bind(from, to string) (unmount func()) {
	r.Helper()
	if err := syscall.Mount(from, to, "", syscall.MS_BIND, ""); err != nil {
		r.Skip(err)
	}
	unmount = func() { syscall.Unmount(to, syscall.MNT_DETACH) }
	r.Cleanup(unmount)
	return unmount
}

// A mount over a file or a directory changes what stands at the path, and inotify says
// nothing of it.
func TestMountOver(t *testing.T) {
	for _, backend := range backends() {
		t.Run(backend, func(t *testing.T) {
			r := newRig(t, backend, nil)
			file := r.write(r.join("with space.go"), "package a")
			other := r.write(filepath.Join(r.mkdir(r.join("other")), "b.go"), "package b")
			sub := r.mkdir(r.join("sub"))
			deep := r.write(filepath.Join(r.mkdir(r.join("tree", "deep")), "c.go"), "package c")
			another := r.write(filepath.Join(r.mkdir(r.join("tree2", "deep")), "c.go"), "package c2")
			r.watch(r.dir, sub, filepath.Dir(deep))
			r.drainEchoes()

			unmount := r.bind(other, file)
			r.path(file)
			again := r.bind(another, file) // on top of the other, at the same path
			r.path(file)
			again()
			r.path(file)
			unmount()
			r.path(file)

			unmount = r.bind(filepath.Dir(other), sub)
			r.noticed(sub, filepath.Join(sub, "b.go"))
			r.alive(sub)
			unmount()
			r.noticed(sub, filepath.Join(sub, "b.go"))
			r.alive(sub)

			unmount = r.bind(r.join("tree2"), r.join("tree")) // above what is watched
			r.noticed(deep, filepath.Dir(deep), r.join("tree"))
			r.alive(filepath.Dir(deep))
			unmount()
			r.noticed(deep, filepath.Dir(deep), r.join("tree"))
			r.alive(filepath.Dir(deep))
		})
	}
}

// A mount elsewhere is no change.
func TestMountElsewhere(t *testing.T) {
	r := newRig(t, "fsnotify", nil)
	r.watch(r.join("sub"))
	r.mkdir(r.join("sub"))
	one, two := r.mkdir(r.join("one")), r.mkdir(r.join("two"))
	r.drainEchoes()
	r.bind(one, two)
	for _, path := range r.drainEchoes() {
		if filepath.Dir(path) != r.side {
			t.Errorf("%s is reported", path)
		}
	}
}

func TestParseMount(t *testing.T) {
	const line = `36 35 98:0 /mnt1 /mnt\0402\134x rw,noatime master:1 - ext3 /dev/root rw,errors=continue`
	id, path, ok := parseMount(line)
	if want := "36 98:0 /mnt1"; id != want || path != `/mnt 2\x` || !ok {
		t.Errorf("parseMount = %q, %q, %v, want %q", id, path, ok, want)
	}
	for _, line := range []string{"", "36", "36 35 98:0 /mnt1"} {
		if _, _, ok := parseMount(line); ok {
			t.Errorf("parseMount(%q) is ok", line)
		}
	}
}
