//go:build !unix && !windows

package procgroup

func isBusy(error) bool      { return false }
func isFormat(error) bool    { return false }
func isExhausted(error) bool { return false }
