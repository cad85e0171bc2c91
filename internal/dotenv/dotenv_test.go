package dotenv

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestFaults(t *testing.T) {
	for text, want := range map[string]string{
		"A=1\n# c\n\nB-2=secret\n":                  ".env:4: not of the form NAME=value",
		"A=\"two\nlines\"\nB='secret\n":             ".env:3: the quote is not closed",
		"secret\n":                                  ".env:1: not of the form NAME=value",
		"=secret\n":                                 `.env: "" is no name for a variable`,
		"A=1\nB=\"\n\n\nsecret":                     ".env:2: the quote is not closed",
		"\ufeffA=1\nexport B=2 # remark\nC: yaml\n": "",
	} {
		vars, err := parse(text, ".env")
		switch {
		case want == "" && (err != nil || vars["A"] != "1" || vars["B"] != "2" || vars["C"] != "yaml"):
			t.Errorf("%q: %v %v", text, vars, err)
		case want != "" && (err == nil || err.Error() != want):
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	if _, err := Read(filepath.Join(t.TempDir(), "no.env"), "no.env"); err == nil || !strings.Contains(err.Error(),
		`environment file "no.env"`) {
		t.Errorf("missing file: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("A=1\n")
	f.Add("export A=\"x\\ny\" # c\nB='$A'\n")
	f.Fuzz(func(t *testing.T, text string) {
		vars, err := parse(text, ".env")
		if err != nil {
			return
		}
		// What is taken can be an environment.
		for k, v := range vars {
			if k == "" || strings.ContainsAny(k, "=\x00") || strings.Contains(v, "\x00") {
				t.Errorf("%q: %q=%q", text, k, v)
			}
		}
	})
}

// A file with a fault somewhere in it is read in a time that grows with its size and no
// faster: the loop waits for it.
func TestLargeFaultyFile(t *testing.T) {
	good := strings.Repeat("NAME=value\n", 1<<14)
	begin := time.Now()
	for text, want := range map[string]string{
		good + "A B\n":         ".env:16385: not of the form NAME=value",
		"A=\"x\n" + good:       ".env:1: the quote is not closed",
		good + "A='x\n" + good: ".env:16385: the quote is not closed",
	} {
		if _, err := parse(text, ".env"); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if took := time.Since(begin); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}
