//go:build !linux

package watch

import "errors"

func limitError() error { return errors.New("at the limit") }
