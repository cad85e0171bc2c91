package main

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// startOnTerminal starts a command as the leader of a session on a new terminal of
// that size, and returns the terminal's other side: what is read from it was
// written by the command, what is written to it was typed. The caller closes it.
func startOnTerminal(cmd *exec.Cmd, columns, rows int) (*os.File, error) {
	other, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	tty, err := terminalOf(other, columns, rows)
	if err != nil {
		other.Close()
		return nil, fmt.Errorf("making a terminal: %w", err)
	}
	defer tty.Close()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		other.Close()
		return nil, err
	}
	return other, nil
}

// terminalOf opens the terminal that belongs to the other side.
func terminalOf(other *os.File, columns, rows int) (*os.File, error) {
	fd := int(other.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return nil, err
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		return nil, err
	}
	size := &unix.Winsize{Col: uint16(columns), Row: uint16(rows)}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, size); err != nil {
		return nil, err
	}
	return os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
}
