package incremental

import "testing"

func TestProgressShowsDownloadsAsTheyComeAndLeavesTheRest(t *testing.T) {
	var shown string
	p := &progress{show: func(b []byte) { shown += string(b) }}
	const said = "go: downloading example.com/a v1.0.0\n# m\nmain.go:1: no\ngo: downloading example.com/b v1.0.0\ngo: downloading half"
	for i := range said { // a byte at a time
		p.Write([]byte(said[i : i+1]))
		if i == len("go: downloading example.com/a v1.0.0\n")-1 && shown != said[:i+1] {
			t.Errorf("shown %q when the first line was complete", shown)
		}
	}
	if want := "go: downloading example.com/a v1.0.0\ngo: downloading example.com/b v1.0.0\n"; shown != want {
		t.Errorf("shown %q, want %q", shown, want)
	}
	if got, want := string(withoutProgress([]byte(said))), "# m\nmain.go:1: no\ngo: downloading half"; got != want {
		t.Errorf("the rest is %q, want %q", got, want)
	}
}
