package generate

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/gorun-dev/gorun/internal/stamp"
)

// What a directive was made from is remembered from one session of gorun to the next: a
// directory holds one file for each directive that has run well. So a start runs what was
// edited while no gorun ran, and what has lost its output, and a fresh clone, of which
// nothing is known, can be told from a project that is up to date. Rejected: comparing the
// times of inputs and outputs, as make does (a checkout gives them all the same time), and
// one file for a program (two sessions would write it; a directive of a shared package is
// up to date for every program).

// A memory is the directory of the records; "" remembers nothing.
type memory string

// A record is what one directive was made from, and what it has written.
type record struct {
	Inputs  []recordedInput // files that were there
	Absent  []quotedPath    // inputs that were not there
	Own     []quotedPath    // inputs that it writes itself
	Outputs []quotedPath    // files that it wrote
	Tool    string          // the signature of its generator, "" if it has none
}

// A recordedInput is a file and the hash of its content.
type recordedInput struct {
	Path quotedPath
	Sum  [sha256.Size]byte
}

// A quotedPath is a path that JSON keeps as it is, also where it is not UTF-8.
type quotedPath string

// MarshalText quotes the path.
func (p quotedPath) MarshalText() ([]byte, error) {
	return strconv.AppendQuoteToASCII(nil, string(p)), nil
}

// UnmarshalText is the reverse of MarshalText.
func (p *quotedPath) UnmarshalText(text []byte) error {
	path, err := strconv.Unquote(string(text))
	*p = quotedPath(path)
	return err
}

// recordFormat is the first byte of a record's file, another one for another form.
const recordFormat = 2

// recordAge is how long a record is kept that no session has asked for.
const recordAge = 90 * 24 * time.Hour

func (m memory) file(d *Directive) string {
	sum := sha256.Sum256([]byte(d.key()))
	return filepath.Join(string(m), hex.EncodeToString(sum[:16]))
}

// recall returns the record of a directive, nil if there is none that can be read.
func (m memory) recall(d *Directive) *record {
	if m == "" {
		return nil
	}
	data, err := os.ReadFile(m.file(d))
	if err != nil || len(data) == 0 || data[0] != recordFormat {
		return nil
	}
	var r record
	if json.Unmarshal(data[1:], &r) != nil {
		return nil
	}
	now := time.Now()
	_ = os.Chtimes(m.file(d), now, now) // an old time only means that it is removed sooner
	return &r
}

// save writes the record of a directive. A reader sees the old one or the new one.
func (m memory) save(d *Directive, r *record) error {
	if m == "" {
		return nil
	}
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(string(m), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(string(m), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(append([]byte{recordFormat}, data...))
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), m.file(d))
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// trim removes the records that no session has asked for in a long time.
func (m memory) trim(now time.Time) {
	entries, _ := os.ReadDir(string(m)) // absent is the usual case
	for _, e := range entries {
		if info, err := e.Info(); err == nil && now.Sub(info.ModTime()) > recordAge {
			os.Remove(filepath.Join(string(m), e.Name()))
		}
	}
}

// remember takes what is known of a directive from the record of an earlier session. The
// files of its generator are compared when that is loaded.
func (st *directiveState) remember(r *record, hasTool bool) {
	files := make(map[string]input, len(r.Inputs)+len(r.Absent))
	for _, i := range r.Inputs {
		files[string(i.Path)] = input{fact: fact{Stamp: stamp.Stamp{Meta: stamp.Meta{State: stamp.File}, Sum: i.Sum}}}
	}
	for _, path := range r.Absent {
		files[string(path)] = input{fact: fact{Stamp: stamp.Stamp{Meta: stamp.Meta{State: stamp.Absent}}}}
	}
	st.lastInputs = inputs{files, r.Tool}
	st.toolLoaded, st.known = !hasTool, true
	st.outputs = nil
	for _, path := range r.Outputs {
		st.outputs = append(st.outputs, string(path))
	}
	for _, path := range r.Own {
		st.addOwn(string(path))
	}
}

// record returns what is to be remembered of the directive; nil if its last run did not end
// well, or it has not run at all.
func (st *directiveState) record() *record {
	if !st.known || st.failed || st.runReason != "" {
		return nil
	}
	r := &record{Tool: st.lastInputs.tool}
	for _, path := range st.outputs {
		r.Outputs = append(r.Outputs, quotedPath(path))
	}
	for path, f := range st.lastInputs.files {
		switch f.State {
		case stamp.File:
			r.Inputs = append(r.Inputs, recordedInput{quotedPath(path), f.Sum})
		case stamp.Absent:
			r.Absent = append(r.Absent, quotedPath(path))
		}
	}
	for path := range st.ownInputs {
		r.Own = append(r.Own, quotedPath(path))
	}
	slices.Sort(r.Absent)
	slices.Sort(r.Own)
	return r
}

// MemoryIn is the directory in a cache directory for Config's Memory; "" without one.
func MemoryIn(cache string) string {
	if cache == "" {
		return ""
	}
	return filepath.Join(cache, "generate")
}

// Clean removes the memory in a cache directory.
func Clean(cache string) error {
	if err := os.RemoveAll(MemoryIn(cache)); err != nil {
		return fmt.Errorf("removing what directives were made from: %w", err)
	}
	return nil
}
