// Package startfailure says in words why a program could not be started.
//
// The system answers a failed start with one number. [Diagnose] looks at what the
// system looked at (the working directory, the file, its permissions, its first
// bytes), and finds the [Reason] behind that number.
//
//	startfailure.go   the reasons, the error, and how a reason is found
//	platform.go       what an executable was built for
//	errno_*.go        numbers of the systems that mean the same
//	noexec_*.go       file systems from which nothing may be executed
//
// Who starts programs, and what is done about a failure, is left to others.
package startfailure

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// A Reason is why a program could not be started.
type Reason int

const (
	Other         Reason = iota // see Error.Err
	Missing                     // there is no such file
	NoDirectory                 // the working directory is not there or cannot be entered
	NotExecutable               // the file has no execute permission, or is a directory
	Permission                  // the file may not be executed by this user, or from this file system
	Format                      // not an executable
	WrongPlatform               // an executable for another operating system or architecture
	NoInterpreter               // its dynamic linker, or the interpreter its first line names, is missing
	Busy                        // still open for writing somewhere
	Exhausted                   // no memory or no process left
)

// An Error says that a program did not start, and why.
type Error struct {
	Path   string
	Reason Reason
	Detail string // in words, for the user
	Err    error  // what the system said
}

func (e *Error) Error() string {
	return fmt.Sprintf("cannot start %q: %s", e.Path, e.Detail)
}

func (e *Error) Unwrap() error { return e.Err }

// Undiagnosed is a failure that has nothing to do with the program's file, such as one
// of gorun's own.
func Undiagnosed(path string, err error) *Error {
	e := &Error{Path: path, Detail: err.Error(), Err: err}
	if errno, ok := errors.AsType[syscall.Errno](err); ok && isExhausted(errno) {
		e.Reason = Exhausted
	}
	return e
}

// Diagnose finds the reason why the system has refused to start the program at path,
// given the system's answer. Path is relative to the working directory dir if it is
// relative; dir is "" for that of this process.
func Diagnose(path, dir string, err error) *Error {
	err = cause(err)
	e := &Error{Path: path, Err: err, Detail: err.Error()}
	say := func(r Reason, format string, args ...any) *Error {
		e.Reason, e.Detail = r, fmt.Sprintf(format, args...)
		return e
	}
	if dir != "" {
		if fi, err := os.Stat(dir); err != nil {
			return say(NoDirectory, "working directory %q: %v", dir, cause(err))
		} else if !fi.IsDir() {
			return say(NoDirectory, "working directory %q: not a directory", dir)
		}
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	fi, statErr := os.Stat(path)
	switch {
	case errors.Is(statErr, fs.ErrNotExist):
		return say(Missing, "no such file")
	case errors.Is(statErr, fs.ErrPermission):
		return say(Permission, "permission denied on a directory above it")
	case statErr != nil:
		return e
	case fi.IsDir():
		return say(NotExecutable, "is a directory")
	}
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return e
	}
	switch {
	case errors.Is(errno, fs.ErrPermission):
		if runtime.GOOS != "windows" && fi.Mode()&0o111 == 0 {
			return say(NotExecutable, "the file has no execute permission")
		}
		if NoExec(path) {
			return say(Permission, "permission denied: its file system is mounted noexec")
		}
		return say(Permission, "permission denied")
	case errors.Is(errno, fs.ErrNotExist):
		// The file is there, so what is missing is another file, named in this one.
		return say(NoInterpreter, "the interpreter or dynamic linker that it names is missing")
	case isBusy(errno):
		return say(Busy, "still open for writing in another process")
	case isFormat(errno):
		if p := platform(path); p != "" && p != runtime.GOOS+"/"+runtime.GOARCH {
			return say(WrongPlatform, "built for %s, and this is %s/%s", p, runtime.GOOS, runtime.GOARCH)
		}
		return say(Format, "not an executable (%v)", errno)
	case isExhausted(errno):
		return say(Exhausted, "%v", errno)
	}
	return e
}

// cause returns what the system said, without the name of the file and of the call.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
