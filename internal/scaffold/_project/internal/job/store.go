package job

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// A Store keeps jobs in a directory, one file each, so that they outlive the
// programs. Any number of programs may add and list jobs; a job is updated by
// one program only.
type Store struct {
	dir string
}

// Open returns the store in dir, which is made if it is not there.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("opening the store: %w", err)
	}
	return &Store{dir: dir}, nil
}

// Add queues a new job.
func (s *Store) Add(text string) (Job, error) {
	j := Job{ID: rand.Text(), Text: text, State: Queued, Created: time.Now()}
	return j, s.Put(j)
}

// List returns all jobs, the oldest first.
func (s *Store) List() ([]Job, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, fmt.Errorf("listing jobs: %w", err)
	}
	var jobs []Job
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".json" {
			continue
		}
		data, err := os.ReadFile(filepath.Join(s.dir, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("reading a job: %w", err)
		}
		var j Job
		if err := json.Unmarshal(data, &j); err != nil {
			return nil, fmt.Errorf("reading job %s: %w", e.Name(), err)
		}
		jobs = append(jobs, j)
	}
	slices.SortFunc(jobs, func(a, b Job) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return jobs, nil
}

// Put writes a job, in place of the one with its ID. Who reads at the same
// time has either the old job or the new one, whole.
func (s *Store) Put(j Job) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("writing job %s: %w", j.ID, err)
		}
	}()
	data, err := json.Marshal(j)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(s.dir, "*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once the file has its name
	_, err = f.Write(data)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), filepath.Join(s.dir, j.ID+".json"))
}
