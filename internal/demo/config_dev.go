//go:build !prod && !test

package main

// configuration names the build: this one is for everyday work.
const configuration = "dev"
