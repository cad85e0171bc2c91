package pty

import (
	"io"
	"os"
	"testing"
)

func TestOpen(t *testing.T) {
	master, slave, err := Open(Size{Rows: 30, Columns: 100}.Less(9))
	if err != nil {
		t.Skip(err)
	}
	defer master.Close()
	if got, ok := SizeOf(slave); !ok || got != (Size{30, 91}) {
		t.Errorf("size %v, %v", got, ok)
	}
	SetSize(master, Size{Rows: 40, Columns: 70})
	if got, _ := SizeOf(slave); got != (Size{40, 70}) {
		t.Errorf("after a change: size %v", got)
	}
	const text = "one\ntwo \x1b[31mred\t\r\n"
	if _, err := io.WriteString(slave, text); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	// At the end Linux says EIO.
	if got, _ := io.ReadAll(master); string(got) != text {
		t.Errorf("%q came out as %q", text, got)
	}
	if null, err := os.Open(os.DevNull); err == nil {
		if _, ok := SizeOf(null); ok {
			t.Error("the null device has a size")
		}
	}
}
