package detached

import "github.com/gorun-dev/gorun/internal/self"

// Role is the detached process that waits for what it is to become.
var Role = self.Role{Name: "detached", Argument: "(detached)", Marked: true, Play: becomeCommand}
