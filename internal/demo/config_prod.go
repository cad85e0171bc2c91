//go:build prod

package main

// configuration names the build: this one is what -tags=prod makes.
const configuration = "prod"
