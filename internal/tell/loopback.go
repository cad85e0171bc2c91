package tell

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
)

// loopback is for systems where a file's rights say nothing of who may use a socket:
// a port of 127.0.0.1, and a secret that only the user can read.
type loopback struct{}

// An address is what an entry's file holds.
type address struct {
	Address string `json:"address"`
	Secret  string `json:"secret"`
}

func (loopback) ending() string { return ".json" }

func (loopback) listen(dir, name string) (net.Listener, string, string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", "", err
	}
	a := address{Address: l.Addr().String(), Secret: rand.Text()}
	data, err := json.Marshal(a)
	if err != nil {
		l.Close()
		return nil, "", "", err
	}
	file := filepath.Join(dir, name+"-"+rand.Text()[:6]+".json")
	// Under another name first: it is there as a whole, or not at all.
	if err := os.WriteFile(file+".new", data, 0o600); err != nil {
		l.Close()
		return nil, "", "", err
	}
	if err := os.Rename(file+".new", file); err != nil {
		l.Close()
		os.Remove(file + ".new")
		return nil, "", "", err
	}
	return l, filepath.Base(file), a.Secret, nil
}

func (loopback) dial(dir, entry string) (net.Conn, string, error) {
	data, err := os.ReadFile(filepath.Join(dir, entry))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", errStale
	}
	var a address
	if err == nil {
		err = json.Unmarshal(data, &a)
	}
	if err != nil {
		return nil, "", errStale // not one of ours
	}
	c, err := net.DialTimeout("tcp", a.Address, patience)
	if err != nil {
		return nil, "", errStale // the loopback interface refuses nobody else
	}
	return c, a.Secret, nil
}
