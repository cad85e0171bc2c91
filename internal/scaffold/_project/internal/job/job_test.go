package job

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

func TestStore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "jobs")
	store, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	first, err := store.Add("one")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Add("two"); err != nil {
		t.Fatal(err)
	}
	first.State, first.Result = Done, "1 word"
	if err := store.Put(first); err != nil {
		t.Fatal(err)
	}

	// Another program opens the same directory.
	other, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := other.List()
	if err != nil {
		t.Fatal(err)
	}
	if len(jobs) != 2 {
		t.Fatalf("got %d jobs, want 2: %+v", len(jobs), jobs)
	}
	if j := jobs[0]; j.Text != "one" || j.State != Done || j.Result != "1 word" {
		t.Errorf("the first job is %+v", j)
	}
	if j := jobs[1]; j.Text != "two" || j.State != Queued {
		t.Errorf("the second job is %+v", j)
	}
}

func TestListRefusesDamage(t *testing.T) {
	dir := t.TempDir()
	store, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "x.json"), []byte(`{"state":"lost"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if jobs, err := store.List(); err == nil {
		t.Errorf("got %+v and no error", jobs)
	}
}

func TestStateInJSON(t *testing.T) {
	for state, want := range map[State]string{Queued: `"queued"`, Done: `"done"`, Failed: `"failed"`} {
		data, err := json.Marshal(state)
		if err != nil || string(data) != want {
			t.Errorf("%d is written %s (%v), want %s", int(state), data, err, want)
		}
		var read State
		if err := json.Unmarshal(data, &read); err != nil || read != state {
			t.Errorf("%s is read as %v (%v), want %v", data, read, err, state)
		}
	}
	if data, err := json.Marshal(State(7)); err == nil {
		t.Errorf("a state that there is not is written %s", data)
	}
}
