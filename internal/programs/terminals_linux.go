package programs

import (
	"os"
	"os/signal"
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/internal/pty"
)

// Terminals are those of programs, each of which has the size that gorun's terminal has now. The kernel tells
// nobody of a new size, as none of these terminals is the controlling one of a session: gorun sends SIGWINCH to
// the process group of the program, as the kernel would.
type terminals struct {
	once sync.Once // for what hears of a new size

	mu   sync.Mutex
	list []*terminal
}

// A terminal is that of one program.
type terminal struct {
	of      *terminals
	master  *os.File      // closed by who copies what is printed, after remove
	program *exec.Program // nil until it is started; under mu
}

// add notes a terminal. size is what it is to have, whenever that has changed.
func (ts *terminals) add(master *os.File, size func() pty.Size) *terminal {
	ts.once.Do(func() {
		resized := make(chan os.Signal, 1) // a second one while the first waits says nothing new
		signal.Notify(resized, unix.SIGWINCH)
		go func() { // until gorun ends, as the terminal is gorun's
			for range resized {
				ts.resize(size())
			}
		}()
	})
	t := &terminal{of: ts, master: master}
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.list = append(ts.list, t)
	return t
}

// remove forgets a terminal that nobody has open any more.
func (ts *terminals) remove(master *os.File) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.list = slices.DeleteFunc(ts.list, func(t *terminal) bool { return t.master == master })
}

// startedOn says which program has the terminal.
func (t *terminal) startedOn(p *exec.Program) {
	t.of.mu.Lock()
	defer t.of.mu.Unlock()
	t.program = p
}

// resize gives all terminals a size, and tells the programs.
func (ts *terminals) resize(size pty.Size) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	for _, t := range ts.list {
		pty.SetSize(t.master, size)
		if t.program == nil {
			continue // it reads the new size when it starts
		}
		select {
		case <-t.program.Exited():
		default:
			_ = unix.Kill(-t.program.Pid(), unix.SIGWINCH)
		}
	}
}

// endInput tells who reads a pseudo-terminal, or a pipe, that nothing more comes.
func endInput(to *os.File) {
	if _, err := unix.IoctlGetTermios(int(to.Fd()), unix.TCGETS); err == nil {
		_, _ = to.Write([]byte{4}) // ^D
		return
	}
	to.Close()
}
