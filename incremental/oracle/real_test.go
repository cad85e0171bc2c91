package oracle

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/gorun-dev/gorun/internal/longtest"
)

// realModule is one that the module proxy has: some 300 packages, generics and embedded files among them.
const realModule, realTarget = "github.com/mikefarah/yq/v4@v4.47.2", "."

// A module that people have written, under flags that they give: a direct build is what the go command builds, and
// each link ahead what the stock linker links.
func TestRealModule(t *testing.T) {
	longtest.Skip(t)
	out, stderr, err := runner(t.Context(), []string{"go", "mod", "download", "-json", realModule}, t.TempDir(),
		os.Environ())
	if err != nil {
		t.Skipf("%v: %s", err, stderr)
	}
	var downloaded struct{ Dir string }
	if err := json.Unmarshal(out, &downloaded); err != nil {
		t.Fatal(err)
	}
	for name, flags := range map[string][]string{
		"no flags": nil,
		"flags":    {"-trimpath", "-ldflags=-X=main.extra=x", "-tags=yq_nolua"},
	} {
		var out bytes.Buffer
		o := oracle{
			n: 25, seed: 104, verifyEvery: 4, module: downloaded.Dir, target: []string{realTarget}, flags: flags,
			out: &out, work: t.TempDir(), arguments: []string{"--version"}, runs: true, aheadCache: cache,
		}
		if err := o.run(t.Context(), 0); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out.Bytes())
			continue
		}
		if c := o.ahead.Counts(); c.Linked == 0 || c.Linked != c.Compared {
			t.Errorf("%s: %+v\n%s", name, c, out.Bytes())
		}
		t.Logf("%s:\n%s", name, out.Bytes())
	}
}
