package incremental

import (
	"os"
	"testing"
)

func TestTmp(t *testing.T) {
	b, _ := os.ReadFile("/tmp/directw/run.txt")
	r, err := ParseRecipe(b, "/tmp/directw/m", map[string][]string{"example.com/m/lib": {"/tmp/directw/m/lib/lib.go"}, "example.com/m/cmd/app": {"/tmp/directw/m/cmd/app/main.go"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range r.Steps {
		t.Logf("%+v", s)
	}
	t.Logf("%+v", r.Link)
}
