//go:build unix

package startfailure

import "syscall"

func isBusy(e syscall.Errno) bool   { return e == syscall.ETXTBSY }
func isFormat(e syscall.Errno) bool { return e == syscall.ENOEXEC }
func isExhausted(e syscall.Errno) bool {
	return e == syscall.EAGAIN || e == syscall.ENOMEM || e == syscall.ENFILE || e == syscall.EMFILE
}
