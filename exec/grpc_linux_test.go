//go:build amd64 || arm64

package exec

import (
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"testing"
)

// A gRPC client keeps one connection and never stops asking on it. HTTP/2 does
// not show where a call ends, so the old version has the whole grace, and then
// the signal. A server that answers that with GracefulStop loses no call. Of one
// that does not, the calls under way fail, and not more than those.
func TestGRPC(t *testing.T) {
	if testing.Short() {
		t.Skip("builds google.golang.org/grpc")
	}
	bin := filepath.Join(t.TempDir(), "grpc")
	build := osexec.Command("go", "build", "-o", bin, ".")
	build.Dir = filepath.Join("testdata", "grpc")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, tt := range []struct {
		name string
		args []string
		may  int // calls fail at each swap
	}{
		{"graceful", []string{"graceful"}, 0},
		{"plain", nil, 8},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			address := freePort(t, "tcp4", "127.0.0.1")
			r := newRig(t, nil)
			start := func() {
				argv := append([]string{bin, "serve", address}, tt.args...)
				p, err := Start(Spec{Path: bin, Args: argv, Stderr: os.Stderr, Ports: r.ports, Grace: r.grace})
				if err != nil {
					t.Fatal(err)
				}
				r.program = p
			}
			start()
			awaitListener(t, address)
			in, inW, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer inW.Close()
			out, lines := listen(t)
			client := osexec.Command(bin, "call", address)
			client.Stdin, client.Stdout = in, out
			if err := client.Start(); err != nil {
				t.Fatal(err)
			}
			in.Close()
			out.Close()
			const swaps = 5
			for range swaps {
				for len(lines.lines) > 0 {
					<-lines.lines // of the version before
				}
				lines.expect("thousand")
				r.program.Retire()
				within(t, r.program.Done(), "the old version's end")
				start()
			}
			lines.expect("thousand")
			inW.Close()
			lines.end()
			_ = client.Wait()
			last := lines.seen[len(lines.seen)-1]
			var ok, failed int
			if _, err := fmt.Sscanf(last, "%d ok %d failed", &ok, &failed); err != nil {
				t.Fatalf("%q: %v", last, err)
			}
			t.Logf("%d swaps: %s", swaps, last)
			if failed > tt.may*swaps {
				t.Errorf("%d calls failed", failed)
			}
		})
	}
}
