package ahead

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// versions are the Go versions whose cmd/link the tests have changed and compared, with the SHA-256 of
// each file that is edited. A distribution that has patched one of them has no link ahead.
var versions = map[string]map[string]string{
	"go1.26.8": {
		"cmd/link/internal/loader/loader.go": "0b6b271aee4951e7202e854795c008733f0f2a6f5726603c7067eda3a2413dfe",
		"cmd/link/internal/ld/data.go":       "d2c24726a9f365e311acacc68961e42121369076f099727aeecf69cb06cfa601",
		"cmd/link/internal/ld/deadcode.go":   "014b1506f026602a7088928230b33709d2977a68478fa821774a1bce2fb38bf9",
		"cmd/link/internal/ld/lib.go":        "b37b3c0eb29d35f75fa222712db751364d65686bb039f518b1ae6e51b1019400",
		"cmd/link/internal/ld/typelink.go":   "ccacbca7ccc5439db2f8bb18ab6d2d5cb8b6532a99b81e33ae6add74f760f843",
	},
}

// Known says why no linker can be made from a GOROOT; nil if one can.
func Known(goroot string) error {
	if !knownSystem() {
		return fmt.Errorf("not on %s/%s", runtime.GOOS, runtime.GOARCH)
	}
	_, err := readSources(goroot)
	return err
}

func knownSystem() bool {
	return runtime.GOOS == "linux" && (runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64")
}

// readVersion returns the version of a GOROOT.
func readVersion(goroot string) (string, error) {
	text, err := os.ReadFile(filepath.Join(goroot, "VERSION"))
	if err != nil {
		return "", err
	}
	version, _, _ := strings.Cut(string(text), "\n")
	return version, nil
}

// readSources returns the files to be edited, by their path in GOROOT/src.
func readSources(goroot string) (map[string][]byte, error) {
	version, err := readVersion(goroot)
	if err != nil {
		return nil, err
	}
	sums, ok := versions[version]
	if !ok {
		return nil, fmt.Errorf("not known to work with %s", version)
	}
	files := make(map[string][]byte, len(sums))
	for file, want := range sums {
		text, err := os.ReadFile(filepath.Join(goroot, "src", filepath.FromSlash(file)))
		if err != nil {
			return nil, err
		}
		if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != want {
			return nil, fmt.Errorf("%s is not that of %s", file, version)
		}
		files[file] = text
	}
	return files, nil
}
