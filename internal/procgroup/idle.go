//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package procgroup

// lowPriority is the lowest (setpriority(2)).
const lowPriority = 19
