package config

import (
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

// decodedLeaves decodes a file in the plain way and counts the settings that must
// have become flags: each value, but args, an empty list, and each word of a list
// that is a flag each time.
func decodedLeaves(t *testing.T, src string) int {
	var doc map[string]any
	if err := toml.Unmarshal([]byte(strings.TrimPrefix(src, "\ufeff")), &doc); err != nil {
		t.Errorf("%q is no TOML, and was taken: %v", src, err)
		return 0
	}
	// What a program is, and how it stands to others, is no flag.
	if programs, ok := doc["program"].(map[string]any); ok {
		for _, p := range programs {
			for _, key := range append(programKeys, keyProfile) {
				delete(p.(map[string]any), key)
			}
		}
	}
	var count func(name string, v any) int
	count = func(name string, v any) int {
		switch v := v.(type) {
		case map[string]any:
			n := 0
			for k, v := range v {
				n += count(k, v)
			}
			return n
		case []any:
			switch name {
			case "args":
				return 0
			case "env", "include", "build-flags":
				return len(v)
			}
			return 1
		}
		return 1
	}
	return count("", doc)
}
