package generate

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
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
	Inputs  map[string][sha256.Size]byte // content hashes by path; of files that were there
	Absent  []string                     // inputs that were not there
	Own     []string                     // inputs that it writes itself
	Outputs []string                     // files that it wrote
	Tool    string                       // the signature of its generator, "" if it has none
}

// recordFormat is the first byte of a record's file, another one for another form.
const recordFormat = 1

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
	if gob.NewDecoder(bytes.NewReader(data[1:])).Decode(&r) != nil {
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
	var b bytes.Buffer
	b.WriteByte(recordFormat)
	if err := gob.NewEncoder(&b).Encode(r); err != nil {
		return err
	}
	if err := os.MkdirAll(string(m), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(string(m), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(b.Bytes())
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
	for path, sum := range r.Inputs {
		files[path] = input{fact: fact{Stamp: stamp.Stamp{Meta: stamp.Meta{State: stamp.File}, Sum: sum}}}
	}
	for _, path := range r.Absent {
		files[path] = input{fact: fact{Stamp: stamp.Stamp{Meta: stamp.Meta{State: stamp.Absent}}}}
	}
	st.lastInputs = inputs{files, r.Tool}
	st.toolLoaded, st.known = !hasTool, true
	st.outputs = r.Outputs
	for _, path := range r.Own {
		st.addOwn(path)
	}
}

// record returns what is to be remembered of the directive; nil if its last run did not end
// well, or it has not run at all.
func (st *directiveState) record() *record {
	if !st.known || st.failed || st.runReason != "" {
		return nil
	}
	r := &record{Inputs: map[string][sha256.Size]byte{}, Tool: st.lastInputs.tool, Outputs: st.outputs}
	for path, f := range st.lastInputs.files {
		switch f.State {
		case stamp.File:
			r.Inputs[path] = f.Sum
		case stamp.Absent:
			r.Absent = append(r.Absent, path)
		}
	}
	for path := range st.ownInputs {
		r.Own = append(r.Own, path)
	}
	slices.Sort(r.Absent)
	slices.Sort(r.Own)
	return r
}
