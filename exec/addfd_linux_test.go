//go:build amd64 || arm64

package exec

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gorun-dev/gorun/internal/longtest"
)

func init() {
	helpers["sockets"] = func(args []string) int {
		rounds, _ := strconv.Atoi(args[0])
		for i := range rounds {
			sock, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
			set, serr := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
			if err != nil || serr != nil || sock == 0 || set == 0 {
				fmt.Printf("round %d: socket %d (%v), epoll set %d (%v)\n", i, sock, err, set, serr)
				return 1
			}
			if _, err := unix.GetsockoptInt(sock, unix.SOL_SOCKET, unix.SO_TYPE); err != nil {
				fmt.Printf("round %d: descriptor %d is no socket: %v\n", i, sock, err)
				return 1
			}
			unix.Close(sock)
			unix.Close(set)
		}
		fmt.Println("all are there")
		return 0
	}
}

// A program is given each descriptor that it was promised, whatever signals gorun's threads
// get meanwhile, as Go's runtime sends them to its own.
func TestDescriptorsAmongSignals(t *testing.T) {
	r := newRig(t, nil)
	r.ports.way = ownSockets
	over := make(chan bool)
	defer close(over)
	go func() {
		for {
			select {
			case <-over:
				return
			case <-time.After(50 * time.Microsecond):
			}
			threads, _ := filepath.Glob("/proc/self/task/*")
			for _, thread := range threads {
				id, _ := strconv.Atoi(filepath.Base(thread))
				_ = unix.Tgkill(os.Getpid(), id, unix.SIGURG)
			}
		}
	}()
	w, l := listen(t)
	argv := helper(t, "sockets", fmt.Sprint(longtest.Cases(2000, 10000)))
	p, err := Start(Spec{Path: argv[0], Args: argv, Stdout: w, Stderr: os.Stderr, Ports: r.ports, Grace: r.grace})
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	r.program = p
	l.expect("all are there")
}
