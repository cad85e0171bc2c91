package self

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// upgradeVariable makes the test binary a process whose file goes away while it runs.
const upgradeVariable = "GORUN_TEST_UPGRADE"

func TestMain(m *testing.M) {
	switch os.Getenv(upgradeVariable) {
	case "":
		os.Exit(m.Run())
	case "identify": // is this the right file?
		fmt.Println("the test binary")
	default:
		if err := upgrade(os.Getenv(upgradeVariable)); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
}

// upgrade removes or replaces the file of this process, and executes what File says.
func upgrade(how string) error {
	path, err := os.Executable()
	if err != nil {
		return err
	}
	other := path + "-other"
	if err := os.WriteFile(other, []byte("#!/bin/sh\necho another file\n"), 0o755); err != nil {
		return err
	}
	switch how {
	case "remove":
		err = os.Remove(path)
	case "replace":
		err = os.Rename(other, path)
	case "move":
		err = os.Rename(path, path+"-moved")
	}
	if err != nil {
		return err
	}
	file, err := File()
	if err != nil {
		return err
	}
	fmt.Println("by path:", file == path)
	cmd := exec.Command(file)
	cmd.Env = append(os.Environ(), upgradeVariable+"=identify")
	out, err := cmd.CombinedOutput()
	os.Stdout.Write(out)
	return err
}

func TestFile(t *testing.T) {
	binary, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	for how, byPath := range map[string]bool{"keep": true, "remove": false, "replace": false, "move": false} {
		path := filepath.Join(t.TempDir(), "gorun")
		if err := os.WriteFile(path, binary, 0o755); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(path)
		cmd.Env = append(os.Environ(), upgradeVariable+"="+how)
		out, err := cmd.CombinedOutput()
		want := fmt.Sprintf("by path: %v\nthe test binary\n", byPath)
		if err != nil || string(out) != want {
			t.Errorf("%s: %v, %q; want %q", how, err, out, want)
		}
	}
}
