package watch

import (
	"errors"
	"slices"
)

func isAny(err error, targets ...error) bool {
	return slices.ContainsFunc(targets, func(t error) bool { return errors.Is(err, t) })
}

// refusalReason is why the backend cannot watch, in words for the user.
func refusalReason(err error) string {
	if line, ok := limitReached(err); ok {
		return line
	}
	return err.Error()
}
