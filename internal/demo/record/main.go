// Record draws the moving picture of the README: a real session of gorun, from its
// start to a save, a save that does not compile, and a save that mends it.
//
//	go run ./internal/demo/record              # writes internal/demo/record/session.svg
//	go run ./internal/demo/record -o my.svg
//
// It builds gorun from the checkout that it is run in, copies the demo into a
// temporary directory, runs `gorun .` there on a terminal of its own, edits the
// copy, and asks the demo for its page over HTTP. What the terminal and the page
// show, and when, is what happened. Only the waits for the reader are
// made as long as a reader needs: from a save until everything that follows from it
// is there, nothing is cut and nothing is stretched.
//
//	main.go            the command
//	session.go         the session: what is edited, and what is waited for
//	terminal_linux.go  a terminal of its own
//	screen.go          what a terminal shows of the bytes that are written to it
//	timeline.go        what is to be seen when
//	svg.go             the picture
//
// Linux only: the terminal is made by Linux's calls.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

// picture is where the README looks for it, in the checkout.
const picture = "internal/demo/record/session.svg"

func main() {
	if err := record(os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
}

func record(args []string) error {
	fs := flag.NewFlagSet("record", flag.ContinueOnError)
	out := fs.String("o", "", "`file` to write (default "+picture+" in the checkout)")
	if err := fs.Parse(args); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	list := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/gorun-dev/gorun")
	checkout, err := list.Output()
	if err != nil {
		return fmt.Errorf("this is no checkout of gorun: %w", err)
	}
	root := strings.TrimSpace(string(checkout))
	if *out == "" {
		*out = filepath.Join(root, filepath.FromSlash(picture))
	}
	work, err := os.MkdirTemp("", "gorun-record-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	t, err := recordSession(ctx, root, work)
	if err != nil {
		return err
	}
	svg := draw(t)
	if strings.Contains(string(svg), work) {
		return fmt.Errorf("the picture shows the temporary directory %s", work)
	}
	return os.WriteFile(*out, svg, 0o666)
}
