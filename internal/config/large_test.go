package config

import (
	"strings"
	"testing"
	"time"
)

// No file takes seconds to read: the loop waits for it.
func TestLargeValue(t *testing.T) {
	begin := time.Now()
	for _, text := range []string{
		"tags = [\n" + strings.Repeat("\"x\",\n", 8000) + "]\n",
		"\n[profile.dev]\ntags = [\n" + strings.Repeat("\"x\", # ]\n", 4000) + "]\n",
		"tags = \"\"\"\n" + strings.Repeat("]\n", 8000) + "\"\"\"\n",
	} {
		_, err := Parse("gorun.toml", "gorun.toml", []byte(text), nil)
		if err == nil || !strings.HasSuffix(err.Error(), ": a value of more than 1000 lines") {
			t.Errorf("%v, want that a value has too many lines", err)
		}
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	// What people write is far from that.
	text := "build-flags = [\n" + strings.Repeat("\"-race\",\n", 900) + "]\n"
	_, err := Parse("gorun.toml", "gorun.toml", []byte(text), nil)
	if err == nil || !strings.Contains(err.Error(), `unknown flag -race`) {
		t.Errorf("%v, want that -race is not known", err)
	}
}
