// Package fdpass sends one message, text and open descriptors, from one process of
// gorun to another over a socket.
//
// A message is eight bytes of length with the descriptors attached (SCM_RIGHTS),
// then that many bytes: fields of text, each of which ends in NUL. The first field
// is the version of what the rest means, for the two processes may be two versions of
// gorun: an executable can be replaced while it runs.
//
// Where no socket leads to the reader, because it is the process itself after an execve,
// the text is in a file that has no name ([WriteFile]).
//
// What the fields say is left to the two who talk: procgroup's keeper and starter and
// who starts them, and internal/detached.
package fdpass
