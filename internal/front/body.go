package front

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Bodies go on as they come: nothing waits for more than what a chunk's size takes.

// copySize is how much is read at a time.
const copySize = 32 << 10

var errChunk = errors.New("a chunk that cannot be read")

// copyBody copies a body. Unless it is nil, edit is handed what comes, and at the end
// nothing, and returns what is to be sent.
func copyBody(to io.Writer, from *bufio.Reader, f framing, edit func(part []byte, end bool) []byte) error {
	out := bufio.NewWriterSize(to, copySize)
	err := copyFramed(out, from, f, edit)
	return errors.Join(err, out.Flush())
}

func copyFramed(out *bufio.Writer, from *bufio.Reader, f framing, edit func(part []byte, end bool) []byte) error {
	switch {
	case f.chunked:
		return copyChunked(out, from, edit)
	case f.untilEnd:
		return copyUntilEnd(out, from, edit)
	}
	if err := copyPart(out, from, f.length, edit, out.Write); err != nil {
		return err
	}
	if edit != nil {
		_, err := out.Write(edit(nil, true))
		return err
	}
	return nil
}

// copyPart copies n bytes by way of edit to write.
func copyPart(out *bufio.Writer, from *bufio.Reader, n int64, edit func([]byte, bool) []byte,
	write func([]byte) (int, error)) error {
	buf := make([]byte, min(n, copySize))
	for n > 0 {
		if err := flushBeforeWait(out, from); err != nil {
			return err
		}
		got, err := from.Read(buf[:min(n, int64(len(buf)))])
		n -= int64(got)
		part := buf[:got]
		if edit != nil {
			part = edit(part, false)
		}
		if _, werr := write(part); werr != nil {
			return werr
		}
		if err != nil && n > 0 {
			return unexpected(err)
		}
	}
	return nil
}

// flushBeforeWait sends what there is before more is waited for.
func flushBeforeWait(out *bufio.Writer, from *bufio.Reader) error {
	if from.Buffered() == 0 {
		return out.Flush()
	}
	return nil
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

func copyUntilEnd(out *bufio.Writer, from *bufio.Reader, edit func([]byte, bool) []byte) error {
	buf := make([]byte, copySize)
	for {
		if err := flushBeforeWait(out, from); err != nil {
			return err
		}
		n, err := from.Read(buf)
		part := buf[:n]
		if edit != nil {
			part = edit(part, err != nil)
		}
		if _, werr := out.Write(part); werr != nil {
			return werr
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// copyChunked copies chunks, and the trailer after them. Without edit they stay as they
// are.
func copyChunked(out *bufio.Writer, from *bufio.Reader, edit func([]byte, bool) []byte) error {
	write := out.Write
	if edit != nil {
		write = func(part []byte) (int, error) { return writeChunk(out, part) }
	}
	for {
		line, size, err := readChunkSize(out, from)
		if err != nil {
			return err
		}
		if size == 0 {
			if edit != nil {
				if _, err := write(edit(nil, true)); err != nil {
					return err
				}
			}
			if _, err := out.WriteString(line); err != nil {
				return err
			}
			return copyTrailer(out, from)
		}
		if edit == nil {
			if _, err := out.WriteString(line); err != nil {
				return err
			}
		}
		if err := copyPart(out, from, size, edit, write); err != nil {
			return err
		}
		end, err := readLine(out, from)
		if err != nil || strings.TrimRight(end, "\r\n") != "" {
			return errors.Join(errChunk, err)
		}
		if edit == nil {
			if _, err := out.WriteString(end); err != nil {
				return err
			}
		}
	}
}

func readLine(out *bufio.Writer, from *bufio.Reader) (string, error) {
	if err := flushBeforeWait(out, from); err != nil {
		return "", err
	}
	line, err := from.ReadSlice('\n')
	return string(line), unexpected(err)
}

// readChunkSize reads the line before a chunk. What follows a semicolon is no size.
func readChunkSize(out *bufio.Writer, from *bufio.Reader) (line string, size int64, err error) {
	if line, err = readLine(out, from); err != nil {
		return line, 0, err
	}
	digits, _, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ";")
	size, err = strconv.ParseInt(strings.TrimSpace(digits), 16, 64)
	if err != nil || size < 0 {
		return line, 0, errChunk
	}
	return line, size, nil
}

func writeChunk(out *bufio.Writer, part []byte) (int, error) {
	if len(part) == 0 {
		return 0, nil // it would be the end
	}
	if _, err := fmt.Fprintf(out, "%x\r\n", len(part)); err != nil {
		return 0, err
	}
	n, err := out.Write(part)
	if err == nil {
		_, err = out.WriteString("\r\n")
	}
	return n, err
}

func copyTrailer(out *bufio.Writer, from *bufio.Reader) error {
	for {
		line, err := readLine(out, from)
		if err != nil {
			return err
		}
		if _, err := out.WriteString(line); err != nil {
			return err
		}
		if strings.TrimRight(line, "\r\n") == "" {
			return nil
		}
	}
}
