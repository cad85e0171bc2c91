package incremental

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReuse shows what verifying does not compile again: what the compiler made of the very same
// inputs, and nothing else.
func TestReuse(t *testing.T) {
	d := newDesk(t, func(cfg *Config) {
		main := filepath.Join(cfg.Dir, "app", "main.go")
		src, err := os.ReadFile(main)
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{
			main: strings.Replace(string(src), `"fmt"`, "\"fmt\"\n\t_ \"example.com/m/mid\"", 1),
			// The go command runs cgo's compiler through -toolexec as well.
			filepath.Join(cfg.Dir, "mid", "mid.go"): "package mid\n\nimport _ \"net\" // it has cgo\n\n" +
				"func Two() int { return 2 }\n",
		} {
			if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	})
	d.idle("the direct way is prepared")
	if _, r := d.edit("lib/lib.go", "count += i", "count += 2*i"); r.How != "1 package direct" {
		t.Fatalf("a body: %+v", r)
	}
	// The importers were left alone because their import looks the same: that is what is to be checked.
	d.idle("the same executable, with 1 archives")
	if _, r := d.edit("mid/mid.go", "return 2", "return 3"); r.How != "2 packages direct" {
		t.Fatalf("a constant that importers see: %+v", r)
	}
	d.idle("the same executable, with 2 archives")
	select {
	case a := <-d.b.Alarms():
		t.Errorf("alarm: %+v", a)
	default:
	}
}
