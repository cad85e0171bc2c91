//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package procgroup

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

func init() {
	// counter counts the signals it gets, and at SIGTERM says how many.
	helpers["counter"] = func([]string) int {
		c := make(chan os.Signal, 100)
		signal.Notify(c, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGTERM)
		fmt.Println("ready")
		n := map[os.Signal]int{}
		for s := range c {
			if s == syscall.SIGTERM {
				break
			}
			n[s]++
			fmt.Println(s)
		}
		fmt.Println(n[syscall.SIGUSR1], n[syscall.SIGUSR2])
		return 0
	}
}

// Whichever comes first, the keeper's own copy of a signal or gorun's order to
// forward it: the program does not get it again. Without a copy it does, once
// the wait for one is over.
func TestForwardOnce(t *testing.T) {
	order := request{verbForward, syscall.SIGUSR1}
	tests := []struct {
		name   string
		shared bool
		play   func(k *keeper)
		want   string
	}{
		{"copy first", true, func(k *keeper) { k.saw(order.sig); k.obey(order) }, "0 0"},
		{"order first", true, func(k *keeper) { k.obey(order); k.saw(order.sig); k.giveUpWaiting() }, "0 0"},
		{"no copy", true, func(k *keeper) { k.obey(order); k.giveUpWaiting() }, "1 0"},
		{"no copy yet", true, func(k *keeper) { k.obey(order) }, "0 0"},
		{"old copy", true, func(k *keeper) {
			k.saw(order.sig)
			k.seen[order.sig] = k.seen[order.sig].Add(-2 * sameSignal)
			k.obey(order)
			k.giveUpWaiting()
		}, "1 0"},
		{"copy of another", true, func(k *keeper) { k.saw(syscall.SIGUSR2); k.obey(order); k.giveUpWaiting() }, "1 0"},
		{"own group", false, func(k *keeper) { k.obey(order) }, "1 0"},
		{"not forwarded but sent", true, func(k *keeper) { k.saw(order.sig); k.obey(request{verbSignal, order.sig}) }, "1 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, lines := listen(t)
			argv := helper(t, "counter")
			p, err := os.StartProcess(argv[0], argv, &os.ProcAttr{Files: []*os.File{nil, out, os.Stderr}})
			out.Close()
			if err != nil {
				t.Fatal(err)
			}
			defer p.Wait()
			lines.expect("ready")
			k := &keeper{pid: p.Pid, mission: mission{shared: tt.shared}, patience: time.NewTimer(time.Hour)}
			tt.play(k)
			if tt.want == "1 0" {
				lines.expect(syscall.SIGUSR1.String())
			}
			p.Signal(syscall.SIGTERM)
			if got := lines.line(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			lines.end()
		})
	}
}
