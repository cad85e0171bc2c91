package incremental

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorun-dev/gorun/internal/environ"
)

// cacheprogArgument makes the test binary a GOCACHEPROG. The directory of its files follows.
const cacheprogArgument = "gorun:test-cacheprog"

// cacheprog is a helper of the go command's that keeps its promises and no others: when it is closed it renames,
// overwrites or removes its files. What it does not have it takes from GOCACHE, so that nothing is compiled twice.
func cacheprog(dir string) {
	type answer struct {
		ID            int64
		KnownCommands []string `json:",omitempty"`
		Miss          bool     `json:",omitempty"`
		OutputID      []byte   `json:",omitempty"`
		Size          int64    `json:",omitempty"`
		DiskPath      string   `json:",omitempty"`
	}
	own, err := os.MkdirTemp(dir, "run")
	if err != nil {
		panic(err)
	}
	out := json.NewEncoder(os.Stdout)
	out.Encode(answer{KnownCommands: []string{"get", "put", "close"}})
	kept := filepath.Join(dir, "kept") // under other names than those that the go command is told
	os.Mkdir(kept, 0o700)
	var told []string
	tell := func(from string) string {
		b, err := os.ReadFile(from)
		if err != nil {
			return ""
		}
		to := filepath.Join(own, fmt.Sprint(len(told)))
		os.WriteFile(to, b, 0o600)
		told = append(told, to)
		return to
	}
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	requests := json.NewDecoder(in)
	for {
		var r struct {
			ID                 int64
			Command            string
			ActionID, OutputID []byte
			BodySize           int64
		}
		if err := requests.Decode(&r); err != nil {
			os.Exit(0)
		}
		a := answer{ID: r.ID}
		action := filepath.Join(kept, fmt.Sprintf("%x", r.ActionID))
		switch r.Command {
		case "put":
			var body []byte
			if r.BodySize > 0 {
				var text string
				if err := requests.Decode(&text); err != nil {
					panic(err)
				}
				if body, err = base64.StdEncoding.DecodeString(text); err != nil {
					panic(err)
				}
			}
			os.WriteFile(action+".id", r.OutputID, 0o600)
			os.WriteFile(action, body, 0o600)
			a.DiskPath = tell(action)
		case "get":
			a.OutputID, _ = os.ReadFile(action + ".id")
			if a.OutputID == nil {
				a.OutputID, action = fromGoCache(fmt.Sprintf("%x", r.ActionID))
			}
			if a.DiskPath = tell(action); a.DiskPath == "" {
				a = answer{ID: r.ID, Miss: true}
				break
			}
			info, err := os.Stat(a.DiskPath)
			if err != nil {
				panic(err)
			}
			a.Size = info.Size()
		case "close":
			for i, path := range told {
				switch i % 3 {
				case 0:
					os.Rename(path, path+".old")
				case 1:
					os.WriteFile(path, []byte("another file"), 0o600)
				case 2:
					os.Remove(path)
				}
			}
			out.Encode(a)
			io.Copy(io.Discard, os.Stdin)
			os.Exit(0)
		}
		out.Encode(a)
	}
}

// fromGoCache returns what GOCACHE has of an action (cmd/go/internal/cache).
func fromGoCache(action string) (output []byte, file string) {
	dir := os.Getenv("GOCACHE")
	entry, err := os.ReadFile(filepath.Join(dir, action[:2], action+"-a"))
	words := strings.Fields(string(entry))
	if err != nil || len(words) < 3 {
		return nil, ""
	}
	if _, err := fmt.Sscanf(words[2], "%x", &output); err != nil {
		return nil, ""
	}
	return output, filepath.Join(dir, words[2][:2], words[2]+"-d")
}

// TestCacheProg shows that nothing is built directly where somebody else than the go command keeps the archives,
// that it is said why, and that the program is right.
func TestCacheProg(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	d := newSavingDesk(t, func(c *Config) {
		c.Env = environ.Set(c.Env, "GOCACHEPROG="+self+" "+cacheprogArgument+" "+t.TempDir())
	})
	d.idle("GOCACHEPROG is set")
	if k := d.b.Known(); k.Files != nil || !strings.Contains(k.Why, "GOCACHEPROG") {
		t.Errorf("known: %+v", k)
	}
	for i := range 3 {
		from, to := fmt.Sprintf("count += %d*i", i+1), fmt.Sprintf("count += %d*i", i+2)
		if i == 0 {
			from = "count += i"
		}
		plan, r := d.edit("lib/lib.go", from, to)
		if plan.Way != WayGo || r.Exe == nil || d.prints(r.Exe) != "TEXT 1" {
			t.Fatalf("%v, %+v", plan, r)
		}
		d.b.Idle(d.g, d.running)
		<-d.b.idleWork.done
	}
	if exists(filepath.Join(d.cfg.Store.cache, savedName)) {
		t.Error("a session is saved")
	}
	d.noAlarm()
}
