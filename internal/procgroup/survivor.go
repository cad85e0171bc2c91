package procgroup

import "fmt"

// A Survivor is a process that could not be killed.
type Survivor struct {
	PID  int
	Name string // as ps has it; "" where the system does not say
	User string // whose it is, where that is why it lives; "" if it hangs in the kernel
}

// String is `4711 ("sudo", of root)`.
func (s Survivor) String() string {
	why := "hangs in the kernel"
	if s.User != "" {
		why = "of " + s.User
	}
	if s.Name == "" {
		return fmt.Sprintf("%d (%s)", s.PID, why)
	}
	return fmt.Sprintf("%d (%q, %s)", s.PID, s.Name, why)
}
