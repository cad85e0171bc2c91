//go:build long

package longtest

// On reports whether the long tests are asked for.
const On = true
