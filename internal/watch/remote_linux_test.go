package watch

import (
	"fmt"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

// overlay mounts an overlay of lower at the directory that it returns.
func (r *rig) overlay(lower string) string {
	r.Helper()
	at, upper, work := r.mkdir(r.join("at")), r.mkdir(r.join("upper")), r.mkdir(r.join("work"))
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", lower, upper, work)
	if err := syscall.Mount("overlay", at, "overlay", 0, options); err != nil {
		r.Skip(err)
	}
	r.Cleanup(func() { syscall.Unmount(at, syscall.MNT_DETACH) })
	return at
}

// What is edited in a layer below an overlay is seen through it, and no event says so.
func TestOverlay(t *testing.T) {
	for _, backend := range []string{"auto", "poll"} {
		t.Run(backend, func(t *testing.T) {
			r := newRig(t, backend, func(_ *Options, tu *tuning) { tu.heartbeat = time.Hour })
			below := r.write(filepath.Join(r.mkdir(r.join("lower")), "a.go"), "package a")
			r.write(r.join("lower", "b.go"), "package b")
			at := r.overlay(r.join("lower"))
			r.write(filepath.Join(at, "c.go"), "package c")
			r.watch(at)
			r.write(below, "package abc")
			r.path(filepath.Join(at, "a.go"))
			r.write(filepath.Join(at, "b.go"), "package bcd") // copied up
			r.path(filepath.Join(at, "b.go"))
			r.write(r.join("upper", "c.go"), "package cde")
			r.path(filepath.Join(at, "c.go"))
			if backend == "poll" {
				return
			}
			want := []string{at + " is on overlayfs, which does not report every change: polling it"}
			if !slices.Equal(r.said(), want) {
				t.Errorf("the user was told %q, want %q", r.said(), want)
			}
		})
	}
}

// The root of a container is an overlay that is edited through itself only.
func TestOverlayIsTheRoot(t *testing.T) {
	r := newRig(t, "poll", nil)
	at := r.overlay(r.mkdir(r.join("lower")))
	if got := remoteUnder("/", at); got != "overlayfs" {
		t.Errorf("an overlay somewhere is %q", got)
	}
	if got := remoteUnder(at, r.mkdir(filepath.Join(at, "src"))); got != "" {
		t.Errorf("a directory of an overlay that is the root is %q", got)
	}
}
