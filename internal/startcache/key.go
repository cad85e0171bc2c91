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

// A Start is a command line as far as it decides what is built. Where two are
// equal and the disk is, too, so is the executable.
type Start struct {
	Self     string   // gorun's own file: another gorun may know better what decides
	Go       string   // the go command's file
	Dir      string   // the go command's directory, as the user spells it; "" for pkg@version, to which it does not matter
	Flags    []string // build flags, without -C and -exec
	Patterns []string
	Env      []string // the whole environment
}

// A Key names the record of a Start.
type Key [sha256.Size]byte

func (k Key) String() string { return hex.EncodeToString(k[:16]) }

// Key hashes what a start is made of. Of the environment that is what
// decidesBuild names, in its order, as one name may be there twice.
func (s Start) Key() Key {
	h := sha256.New()
	var b []byte
	add := func(words ...string) {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(words)))
		for _, w := range words {
			b = binary.LittleEndian.AppendUint32(b, uint32(len(w)))
			b = append(b, w...)
		}
	}
	self := stamp.Stat(s.Self)
	add(recordFormat, s.Self, s.Go, s.Dir)
	add(s.Flags...)
	add(s.Patterns...)
	var env []string
	for _, kv := range s.Env {
		if name, _, _ := strings.Cut(kv, "="); decidesBuild(name) {
			env = append(env, kv)
		}
	}
	add(env...)
	for _, n := range []int64{self.Size, self.Mtime, int64(self.Inode), int64(self.Dev), int64(os.Geteuid())} {
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
// Of the go command these are all that begin with GO (cfg.KnownEnv has more than
// `go help environment`), but for those that `go generate` sets to another value
// on each line, and gorun's own. Variables that say how to get a module from the
// network (HTTP proxies, those of git and ssh) do not count: what is recorded is here already.
func decidesBuild(name string) bool {
	if runtime.GOOS == "windows" {
		name = strings.ToUpper(name)
	}
	switch name {
	case "GOFILE", "GOLINE", "GOPACKAGE":
		return false
	case "PATH", "HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", // where tools, the file of go env -w, GOPATH and GOCACHE are
		"HOMEPATH", "HOMEDRIVE", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "TMP", "TEMP", "PATHEXT", // on Windows
		"CC", "CXX", "FC", "AR",
		"CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "OBJC_INCLUDE_PATH", "LIBRARY_PATH", "COMPILER_PATH", "DEPENDENCIES_OUTPUT", "SUNPRO_DEPENDENCIES", // gcc(1) and clang(1)
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
