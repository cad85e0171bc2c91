package startcache

import (
	"strings"
	"testing"
)

func TestUnrecordable(t *testing.T) {
	for _, c := range []struct {
		flags, patterns, env string
		versioned            bool
		want                 string // part of why, "" if it is recorded
	}{
		{patterns: "."},
		{patterns: "main.go x.go"},
		{patterns: "./cmd/caddy", flags: "-race -tags=a,b -ldflags=-X=a.b=c -gcflags=all=-N -asmflags=-x"},
		{patterns: "./cmd/caddy", flags: "-trimpath -p=3 -modfile=x.mod -modcacherw -pgo=off -exec=time"},
		{patterns: ".", flags: "-mod=readonly -buildmode=pie -buildvcs=false -compiler=gc -a=false -x=0"},
		{patterns: ".", flags: "-mod=vendor -buildmode=exe -buildvcs=auto"},
		{patterns: ".", flags: "-a", want: "-a=true: everything"},
		{patterns: ".", flags: "-x", want: "prints"},
		{patterns: ".", flags: "-v", want: "prints"},
		{patterns: ".", flags: "-n", want: "prints"},
		{patterns: ".", flags: "-work", want: "prints"},
		{patterns: ".", flags: "-json", want: "prints"},
		{patterns: ".", flags: "-toolexec=x", want: "anything"},
		{patterns: ".", flags: "-overlay=x.json", want: "elsewhere"},
		{patterns: ".", flags: "-mod=mod", want: "may write go.mod"},
		{patterns: ".", flags: "-mod=mod -mod=vendor"}, // the last one counts
		{patterns: ".", flags: "-buildmode=c-shared", want: "no ordinary"},
		{patterns: ".", flags: "-buildvcs", want: "repository"},
		{patterns: ".", flags: "-buildvcs=1", want: "repository"},
		{patterns: ".", flags: "-compiler=gccgo", want: "another toolchain"},
		{patterns: ".", flags: "-msan", want: "C compiler"},
		{patterns: ".", flags: "-asan", want: "C compiler"},
		{patterns: ".", flags: "-cover", want: "packages"},
		{patterns: ".", flags: "-coverpkg=./...", want: "packages"},
		{patterns: ".", flags: "-covermode=set", want: "packages"},
		{patterns: ".", flags: "-linkshared", want: "not known"},
		{patterns: ".", flags: "-pkgdir=x", want: "not known"},
		{patterns: ".", flags: "-installsuffix=x", want: "not known"},
		{patterns: ".", flags: "-debug-trace=x", want: "not known"},
		{patterns: ".", flags: "-flagoftomorrow=x", want: "not known"},
		{patterns: "", want: "nothing"},
		{patterns: "./...", want: "what else"},
		{patterns: "all", want: "list of packages"},
		{patterns: "cmd", want: "list of packages"},
		{patterns: ".", env: "GO111MODULE=off", want: "GOPATH"},
		{patterns: ".", env: "GOPACKAGESDRIVER=x", want: "lists packages"},
		{patterns: ".", env: "GOPACKAGESDRIVER=off"},
		{patterns: ".", env: "GOSSAFUNC=main", want: "prints"},
		{patterns: ".", env: "GOCOMPILEDEBUG=x", want: "prints"},

		{versioned: true, patterns: "a.b/c@v1.2.3"},
		{versioned: true, patterns: "a.b/c@v1.2.3-rc.1"},
		{versioned: true, patterns: "a.b/c@v2.0.0+incompatible"},
		{versioned: true, patterns: "a.b/c@v0.0.0-20240102030405-0123456789ab"},
		{versioned: true, patterns: "a.b/c@latest", want: "tomorrow"},
		{versioned: true, patterns: "a.b/c@v1", want: "tomorrow"},
		{versioned: true, patterns: "a.b/c@v1.2", want: "tomorrow"},
		{versioned: true, patterns: "a.b/c@main", want: "tomorrow"},
		{versioned: true, patterns: "a.b/c@0123456789ab", want: "tomorrow"},
		{versioned: true, patterns: "a.b/c@>=v1.2.3", want: "tomorrow"},
		{versioned: true, patterns: "a.b/c@", want: "tomorrow"},
	} {
		env := func(name string) string {
			v, _ := strings.CutPrefix(c.env, name+"=")
			if v == c.env {
				return ""
			}
			return v
		}
		got := Unrecordable(strings.Fields(c.flags), strings.Fields(c.patterns), c.versioned, env)
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s %s %s: %q, want %q", c.flags, c.patterns, c.env, got, c.want)
		}
	}
}

func TestGoEnvReason(t *testing.T) {
	good := func() map[string]string {
		return map[string]string{
			"GOOS": "linux", "GOHOSTOS": "linux", "GOARCH": "arm64", "GOHOSTARCH": "arm64",
			"GOVERSION": "go1.26.8", "GOROOT": "/go", "GOTOOLDIR": "/go/pkg/tool",
		}
	}
	if why := goEnvReason(good()); why != "" {
		t.Errorf("not recorded: %s", why)
	}
	for name, value := range map[string]string{
		"GOOS": "js", "GOARCH": "386", "GOVERSION": "devel go1.27-abc", "GOROOT": "", "GOTOOLDIR": "",
	} {
		e := good()
		e[name] = value
		if goEnvReason(e) == "" {
			t.Errorf("%s=%s is no reason", name, value)
		}
	}
}
