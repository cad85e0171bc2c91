//go:build prod

package config

import (
	"log/slog"
	"time"
)

// With -tags=prod somebody has to say where the data is: DataDir has no default.
var defaults = Config{
	Name:     "prod",
	Addr:     ":8080",
	Poll:     time.Second,
	LogLevel: slog.LevelInfo,
	LogJSON:  true,
}
