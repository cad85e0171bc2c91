package startfailure

import (
	"syscall"

	"golang.org/x/sys/windows"
)

func isBusy(e syscall.Errno) bool {
	return e == windows.ERROR_SHARING_VIOLATION || e == windows.ERROR_LOCK_VIOLATION
}

func isFormat(e syscall.Errno) bool {
	return e == windows.ERROR_BAD_EXE_FORMAT || e == windows.ERROR_EXE_MACHINE_TYPE_MISMATCH
}

func isExhausted(e syscall.Errno) bool {
	return e == windows.ERROR_NOT_ENOUGH_MEMORY || e == windows.ERROR_NO_SYSTEM_RESOURCES
}
