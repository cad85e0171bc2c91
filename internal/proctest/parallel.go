package proctest

import (
	"flag"
	"runtime"
	"strconv"
)

// Parallel lets twice as many tests run at once as there are processors, for packages whose
// tests wait for processes, quiet windows and verifications most of their time. It is called
// before m.Run, which reads the command line: -parallel there has the last word.
func Parallel() {
	if err := flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0))); err != nil {
		panic(err)
	}
}
