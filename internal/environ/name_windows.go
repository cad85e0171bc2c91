package environ

import "strings"

// sameName: Windows does not tell PATH from Path.
func sameName(a, b string) bool { return strings.EqualFold(a, b) }
