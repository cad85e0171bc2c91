// Package detached starts processes of gorun that are meant to outlive the process
// that wants them. There are two kinds:
//
//   - A [Process] is nobody's child. It is for a gorun that becomes the program, and so
//     must not leave it a child that the program has not started.
//   - [StartSurvivor] starts a child of this process, which goes on when this one ends.
//     It is for a gorun that stays.
//
// Both lead a session of their own. What they do is left to those who start them.
package detached
