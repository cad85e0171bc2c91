//go:build unix && !linux

package tell

import "fmt"

// pathLimit is what fits into a sockaddr_un of the BSDs and macOS, with its final NUL.
const pathLimit = 103

func shorten(path string) (short string, release func(), err error) {
	if len(path) > pathLimit {
		return "", nil, fmt.Errorf("the path of a socket may have %d bytes, this one has more: %q\n"+
			"set GORUNCACHE to a shorter one", pathLimit, path)
	}
	return path, func() {}, nil
}
