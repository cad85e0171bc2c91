package startcache

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"os"
	"runtime"
	"strings"

	"github.com/gorun-dev/gorun/internal/stamp"
)

// A CommandLine is what decides what is built, apart from what is on the disk. Two that
// are equal build the same executable as long as the disk stays as it is.
type CommandLine struct {
	Self     string   // the file of the gorun that runs: another gorun may know better what decides
	Go       string   // the go command's file
	Dir      string   // the go command's directory, as the user spells it; "" where it does not matter
	Flags    []string // build flags, without -C and -exec
	Patterns []string
	Env      []string // the whole environment
}

// A Key names the record of a CommandLine.
type Key [sha256.Size]byte

func (k Key) String() string { return hex.EncodeToString(k[:16]) }

// Key hashes a command line. Of the environment it hashes the variables that
// decidesBuild names, in their order, as one name may be there twice.
func (c CommandLine) Key() Key {
	h := sha256.New()
	var b []byte
	add := func(words ...string) {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(words)))
		for _, w := range words {
			b = binary.LittleEndian.AppendUint32(b, uint32(len(w)))
			b = append(b, w...)
		}
	}
	own := stamp.Stat(c.Self)
	add(recordFormat, c.Self, c.Go, c.Dir)
	add(c.Flags...)
	add(c.Patterns...)
	var env []string
	for _, kv := range c.Env {
		if name, _, _ := strings.Cut(kv, "="); decidesBuild(name) {
			env = append(env, kv)
		}
	}
	add(env...)
	for _, n := range []int64{own.Size, own.Mtime, int64(own.Inode), int64(own.Dev), int64(os.Geteuid())} {
		b = binary.LittleEndian.AppendUint64(b, uint64(n))
	}
	h.Write(b)
	var k Key
	h.Sum(k[:0])
	return k
}

// decidesBuild reports whether a variable of the environment is one that the go
// command, cgo or a C compiler reads for a build. A name too many costs a build
// when its value changes; a name too few would run a stale program.
//
// Every name that begins with GO counts as one of the go command (cfg.KnownEnv has more
// than `go help environment`), but for those that `go generate` sets to another value on
// each line, and gorun's own. Variables that say how to get a module from the network
// (HTTP proxies, those of git and ssh) do not count: the modules of a program that is
// recorded are on the disk already.
func decidesBuild(name string) bool {
	if runtime.GOOS == "windows" {
		name = strings.ToUpper(name)
	}
	switch name {
	case "GOFILE", "GOLINE", "GOPACKAGE":
		return false
	case
		// Where tools, the file of go env -w, GOPATH and GOCACHE are.
		"PATH", "HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME",
		// The same on Windows.
		"HOMEPATH", "HOMEDRIVE", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "TMP", "TEMP", "PATHEXT",
		"CC", "CXX", "FC", "AR",
		// gcc(1) and clang(1)
		"CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "OBJC_INCLUDE_PATH", "LIBRARY_PATH", "COMPILER_PATH",
		"DEPENDENCIES_OUTPUT", "SUNPRO_DEPENDENCIES",
		"SDKROOT", "DEVELOPER_DIR", "MACOSX_DEPLOYMENT_TARGET", "IPHONEOS_DEPLOYMENT_TARGET", // xcrun(1)
		"INCLUDE", "LIB", "LIBPATH",
		"SOURCE_DATE_EPOCH", "ZERO_AR_DATE":
		return true
	}
	for _, prefix := range []string{"GO", "CGO_", "GCC", "PKG_CONFIG", "LD_", "DYLD_", "CCACHE_", "CCC_"} {
		if strings.HasPrefix(name, prefix) {
			return !strings.HasPrefix(name, "GORUN")
		}
	}
	return false
}
