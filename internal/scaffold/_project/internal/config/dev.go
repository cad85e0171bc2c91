//go:build !test && !prod

package config

import (
	"log/slog"
	"time"
)

// What holds without tags is for everyday work.
var defaults = Config{
	Name:     "dev",
	Addr:     "127.0.0.1:8080",
	DataDir:  "data",
	Poll:     500 * time.Millisecond,
	LogLevel: slog.LevelDebug,
}
