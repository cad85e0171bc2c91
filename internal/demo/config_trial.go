//go:build test && !prod

package main

// configuration names the build: this one is what -tags=test makes.
const configuration = "test"
