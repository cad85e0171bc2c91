package scaffold

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// label matches the labels of RFC 1035.
var label = regexp.MustCompile(`^[a-z]([-a-z0-9]*[a-z0-9])?$`)

func TestNames(t *testing.T) {
	for module, want := range map[string][2]string{ // directory, label
		"example.com/shop":      {"shop", "shop"},
		"example.com/shop/v2":   {"shop", "shop"},
		"example.com/shop/v":    {"v", "v"},
		"gopkg.in/shop.v3":      {"shop", "shop"},
		"shop":                  {"shop", "shop"},
		"example.com/2nd":       {"2nd", "app-2nd"},
		"example.com/My_Shop.x": {"My_Shop.x", "my-shop-x"},
		"example.com/_~":        {"_~", "app"},
		"example.com/" + strings.Repeat("a-", 40):  {strings.Repeat("a-", 40), strings.Repeat("a-", 27) + "a"},
		"github.com/gorun-dev/gorun/internal/shop": {"shop", "shop"},
		"example.com/shop.go":                      {"shop.go", "shop-go"},
		"example.com/a/b/c/d":                      {"d", "d"},
		"example.com":                              {"example.com", "example-com"},
	} {
		p := newProject(t, module)
		if p.DefaultDir() != want[0] || p.label != want[1] {
			t.Errorf("%s: directory %q, label %q; want %q", module, p.DefaultDir(), p.label, want)
		}
	}
}

func TestRefused(t *testing.T) {
	for module, want := range map[string]string{
		"":                     `malformed module path ""`,
		"Foo Bar":              `malformed module path "Foo Bar": invalid char ' '`,
		"example.com/a\nb":     `malformed module path "example.com/a\nb": invalid char '\n'`,
		"example.com/ä":        `invalid char 'ä'`,
		".":                    `malformed module path "."`,
		"./shop":               `malformed module path "./shop"`,
		"../shop":              `malformed module path "../shop"`,
		"/tmp/shop":            `malformed module path "/tmp/shop": empty path element`,
		"example.com/":         `trailing slash`,
		"-shop":                `leading dash`,
		"example.com/...":      `malformed module path`,
		"example.com/shop@v1":  `invalid char '@'`,
		"example.com/shop/v1":  `a major version is /vN, and only from /v2 on`,
		"example.com/shop/v02": `a major version is /vN`,
		"gopkg.in/shop":        `one of gopkg.in ends in .vN`,
		"example.com/vendor/x": `vendor`,
		"std":                  `std is the go command's own; example.com/std would do`,
		"mod/shop":             `mod is the go command's own; example.com/shop would do`,
	} {
		_, err := New(module)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: got error %v, want one line with %q", module, err, want)
		}
	}
}

func TestStandard(t *testing.T) {
	goroot := t.TempDir()
	if err := os.MkdirAll(filepath.Join(goroot, "src", "net", "http"), 0o777); err != nil {
		t.Fatal(err)
	}
	for module, want := range map[string]bool{"net": true, "net/shop": true, "shop": false, "nets/http": false} {
		p := newProject(t, module)
		if err := p.CheckStandard(goroot); (err != nil) != want || !p.MayBeStandard() {
			t.Errorf("%s: got error %v, want one: %v; may be: %v", module, err, want, p.MayBeStandard())
		}
	}
	if newProject(t, "net.example/shop").MayBeStandard() {
		t.Error("net.example is the name of a domain")
	}
}

func FuzzLabel(f *testing.F) {
	for _, name := range []string{"shop", "", "-", "9", "A.b", strings.Repeat("x", 100), strings.Repeat("-", 100), "äö"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if got := labelOf(name); !label.MatchString(got) || len(got+"-worker") > 63 {
			t.Errorf("the label of %q is %q", name, got)
		}
	})
}
