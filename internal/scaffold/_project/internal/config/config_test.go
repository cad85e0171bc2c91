package config

import (
	"log/slog"
	"strings"
	"testing"
	"time"
)

// from returns a getenv that reads from a map.
func from(env map[string]string) func(string) string {
	return func(name string) string { return env[name] }
}

func TestLoad(t *testing.T) {
	got, err := Load(from(map[string]string{
		"ADDR": ":1234", "DATA_DIR": "/tmp/jobs", "POLL": "2s", "LOG_LEVEL": "error",
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := defaults
	want.Addr, want.DataDir, want.Poll, want.LogLevel = ":1234", "/tmp/jobs", 2*time.Second, slog.LevelError
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, value := range map[string]string{"POLL": "-1s", "LOG_LEVEL": "loud"} {
		_, err := Load(from(map[string]string{"DATA_DIR": "/tmp/jobs", name: value}))
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%s: got error %v, want one that names it", name, value, err)
		}
	}
}

func TestDataDir(t *testing.T) {
	_, err := Load(from(nil))
	if isProd := defaults.Name == "prod"; (err != nil) != isProd {
		t.Errorf("%s without DATA_DIR: got error %v", defaults.Name, err)
	}
}

func TestLogger(t *testing.T) {
	var b strings.Builder
	log := Config{LogLevel: slog.LevelInfo, LogJSON: true}.Logger(&b)
	log.Debug("quiet")
	log.Info("loud")
	if got := b.String(); !strings.Contains(got, `"msg":"loud"`) || strings.Contains(got, "quiet") {
		t.Errorf("got %q, want the message loud alone, as JSON", got)
	}
}
