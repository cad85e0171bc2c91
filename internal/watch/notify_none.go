//go:build !linux && !(darwin && cgo)

package watch

const preferNotify = false

// openNotify is nil: this gorun has no such backend. On Windows and BSD notify
// offers nothing that fsnotify does not, and drops events without a word.
var openNotify func(backendSink) (backend, error)
