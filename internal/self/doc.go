// Package self is how gorun starts itself once more: from which file, under
// which name, with which environment, and in which role.
//
// A role is a part that gorun plays instead of being the command: the parent of
// a program, for one, or the go command's -exec. A process learns of its role
// from its first argument. Each room defines the roles that it starts; internal/cli
// has the table of all of them, and [Play] is the only place that decides whether
// a process has a role.
//
//	file.go    gorun's own file, also after an upgrade has replaced it
//	image_*.go what the system says of the file that a process runs
//	version.go which gorun this is
//	role.go    what a role is, who has one, and the environment that it runs in
package self
