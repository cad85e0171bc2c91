//go:build unix && !(linux && (amd64 || arm64))

package front_test

const helperName = "serve-for-load-test"

func serveLoad(string) {}
