// Package config says how the programs run. Build tags choose the defaults
// (dev.go, test.go, prod.go); the environment wins over them.
package config

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// A Config holds the settings of all programs.
type Config struct {
	Name     string        // dev, test or prod
	Addr     string        // the TCP address that cmd/api listens on
	DataDir  string        // the directory of the jobs
	Poll     time.Duration // how often cmd/worker looks for new jobs
	LogLevel slog.Level
	LogJSON  bool // for machines; otherwise logs are for people
}

// Load returns the defaults of this build, overridden by the environment:
// ADDR, DATA_DIR, POLL and LOG_LEVEL.
func Load(getenv func(string) string) (Config, error) {
	c := defaults
	if s := getenv("ADDR"); s != "" {
		c.Addr = s
	}
	if s := getenv("DATA_DIR"); s != "" {
		c.DataDir = s
	}
	if c.DataDir == "" {
		return Config{}, errors.New("DATA_DIR is not set, and this build has no default for it")
	}
	if s := getenv("POLL"); s != "" {
		d, err := time.ParseDuration(s)
		if err != nil || d <= 0 {
			return Config{}, fmt.Errorf("POLL: %q is not a positive duration such as 500ms", s)
		}
		c.Poll = d
	}
	if s := getenv("LOG_LEVEL"); s != "" {
		if err := c.LogLevel.UnmarshalText([]byte(s)); err != nil {
			return Config{}, fmt.Errorf("LOG_LEVEL: %w", err)
		}
	}
	return c, nil
}

// Logger returns a logger that writes to w.
func (c Config) Logger(w io.Writer) *slog.Logger {
	opts := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogJSON {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}
