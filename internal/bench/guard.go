package main

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/gorun-dev/gorun/internal/procgroup"
)

// guardRole is the environment's variable that tells this command that another
// process looks after it, and where to work.
const guardRole = "GORUN_BENCH_WORK"

// guard runs this command once more and cleans up after it. Whatever becomes of
// that one, a panic or a kill included, nothing that it started lives on and
// its directory is removed. Should this process be killed, only the directory stays.
func guard(work string) (status int, err error) {
	if work == "" {
		if work, err = os.MkdirTemp("", "gorun-bench-"); err != nil {
			return 1, err
		}
		defer func() {
			if rerr := os.RemoveAll(work); rerr != nil {
				status, err = 1, rerr
			}
		}()
	} else if work, err = filepath.Abs(work); err != nil {
		return 1, err
	} else if err := os.MkdirAll(work, 0o777); err != nil {
		return 1, err
	}
	self, err := os.Executable()
	if err != nil {
		return 1, err
	}
	signals := make(chan os.Signal, 4) // a few impatient ^C
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	g, err := procgroup.Start(procgroup.Spec{
		Path: self, Args: os.Args, Env: append(os.Environ(), guardRole+"="+work),
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Grace: 10 * time.Second, // to stop the tools, each of which has two seconds
	})
	if err != nil {
		return 1, err
	}
	for {
		select {
		case <-g.Done():
			return g.Outcome().ExitStatus(), nil
		case sig := <-signals:
			g.StopFor(sig.(syscall.Signal))
		}
	}
}

// freeAddr returns an address that nobody listens on, below the ports that the
// system hands to clients: a client that asks for such a port while nobody
// listens can come to be connected with itself.
func freeAddr() (string, error) {
	for port := 21000 + os.Getpid()%4000; port < 30000; port++ {
		if slices.Contains(given, port) {
			continue
		}
		addr := fmt.Sprintf("127.0.0.1:%d", port)
		l, err := net.Listen("tcp", addr)
		if err != nil {
			continue
		}
		given = append(given, port)
		return addr, l.Close()
	}
	return "", fmt.Errorf("no port is free below 30000")
}

// given are the ports that freeAddr has returned; it is called by one goroutine.
var given []int
