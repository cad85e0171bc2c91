// Package privatedir tells whether nobody but the user can have put something into a
// directory of gorun's cache.
//
// What stands there is executed with the user's rights: a record says which executable
// to start. The invariant: nothing is taken from the cache unless every directory from
// the cache's root down to it is one of the user's, or of root's, that nobody else can
// write to, and none of them is a link, which somebody could point elsewhere. The
// directories above the root need not be private: who can write there can replace the
// root, but not by a directory of the user's.
//
// On systems without owners and modes every directory is taken for private.
package privatedir
