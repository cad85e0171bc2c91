//go:build !linux

package main

import (
	"errors"
	"os"
	"os/exec"
)

func startOnTerminal(*exec.Cmd, int, int) (*os.File, error) {
	return nil, errors.New("a session can be recorded on Linux only")
}
