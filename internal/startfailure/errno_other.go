//go:build !unix && !windows

package startfailure

func isBusy(error) bool      { return false }
func isFormat(error) bool    { return false }
func isExhausted(error) bool { return false }
