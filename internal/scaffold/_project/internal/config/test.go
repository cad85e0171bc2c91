//go:build test && !prod

package config

import (
	"log/slog"
	"time"
)

// With -tags=test the programs are quick and quiet.
var defaults = Config{
	Name:     "test",
	Addr:     "127.0.0.1:8080",
	DataDir:  "data/test",
	Poll:     50 * time.Millisecond,
	LogLevel: slog.LevelWarn,
}
