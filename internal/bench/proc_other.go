//go:build !linux

package main

import (
	"os"
	"syscall"
	"time"
)

// What is read from /proc on Linux is not measured elsewhere.

func tree(root int, _ func(int) bool) []int { return []int{root} }

func cpuOf(int) time.Duration { return 0 }

func familyCPU(int) (time.Duration, bool) { return 0, false }

func rss(int) int64 { return 0 }

func linker(int) bool { return false }

func watches(int) int { return 0 }

func machine() (cpu, kernel string) { return "", "" }

func alive(pid int) bool {
	p, err := os.FindProcess(pid)
	return err == nil && p.Signal(syscall.Signal(0)) == nil
}

func ownCPU() time.Duration { return 0 }
