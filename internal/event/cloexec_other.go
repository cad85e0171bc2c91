//go:build !unix

package event

func closeOnExec(int) {}
