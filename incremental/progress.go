package incremental

import (
	"bytes"
	"io"

	"github.com/gorun-dev/gorun/internal/gocmd"
)

// downloading begins the lines in which the go command says what it waits for. A person wants to
// see them as they come; everything else it says belongs to the result of the build, and whether
// anybody sees that is decided when it is known how the build ended.
var downloading = []byte("go: downloading ")

// progress passes on the lines about downloads when they are complete.
type progress struct {
	show func([]byte)
	part []byte // of a line that is not complete
}

// newProgress returns where a build's output goes as it comes; nil if nobody watches.
func (b *Builder) newProgress(o goRunOptions) io.Writer {
	if b.cfg.Progress == nil || o.out != nil || o.priority == gocmd.Idle {
		return nil
	}
	return &progress{show: b.cfg.Progress}
}

func (p *progress) Write(b []byte) (int, error) {
	p.part = append(p.part, b...)
	for {
		line, rest, whole := bytes.Cut(p.part, []byte("\n"))
		if !whole {
			return len(b), nil
		}
		if bytes.HasPrefix(line, downloading) {
			p.show(append(bytes.Clone(line), '\n'))
		}
		p.part = rest
	}
}

// withoutProgress returns the output without what progress has shown.
func withoutProgress(output []byte) []byte {
	var rest []byte
	for line := range bytes.Lines(output) {
		if !bytes.HasPrefix(line, downloading) || !bytes.HasSuffix(line, []byte("\n")) {
			rest = append(rest, line...)
		}
	}
	return rest
}
