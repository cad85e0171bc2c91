package front

import (
	"strings"
	"testing"
)

// The tag stands where it is wanted, in however many parts the document comes.
func TestInjector(t *testing.T) {
	for in, want := range map[string]string{
		"":                          "@",
		"hello":                     "@hello",
		"<p>x</p>":                  "@<p>x</p>",
		"<head>x":                   "<head>@x",
		"<HEAD lang='>'>x":          "<HEAD lang='>'>@x",
		"<header>x":                 "@<header>x",
		"<html><body>x":             "<html>@<body>x",
		"<html lang=\"a>b\"><head>": "<html lang=\"a>b\"><head>@",
		"<!doctype html><title>x":   "<!doctype html>@<title>x",
		"\ufeff<!DOCTYPE html>\n<!-- <head> -->\n<html>\n<head data-x>\n<title>": "" +
			"\ufeff<!DOCTYPE html>\n<!-- <head> -->\n<html>\n<head data-x>@\n<title>",
		"<!-- never ends <head>": "@<!-- never ends <head>",
		"<!doctype html":         "@<!doctype html",
		"<":                      "@<",
		"<h":                     "@<h",
		"<heading>":              "@<heading>",
		"  \n":                   "  \n@",
	} {
		for size := 1; size <= len(in)+1; size++ {
			i := injector{tag: []byte("@")}
			var out strings.Builder
			for rest := in; rest != ""; {
				part := rest[:min(size, len(rest))]
				rest = rest[len(part):]
				out.Write(i.edit([]byte(part), false))
			}
			out.Write(i.edit(nil, true))
			if out.String() != want {
				t.Errorf("%q in parts of %d: %q, want %q", in, size, out.String(), want)
			}
		}
	}
}

// What is not needed to decide goes on at once.
func TestInjectorHoldsLittle(t *testing.T) {
	i := injector{tag: []byte("@")}
	for _, step := range []struct{ part, want string }{
		{"<!doctype html>", "<!doctype html>"}, {"<ht", ""}, {"ml>", "<html>"}, {"<bo", "@<bo"}, {"dy>", "dy>"},
	} {
		if got := string(i.edit([]byte(step.part), false)); got != step.want {
			t.Errorf("after %q: %q, want %q", step.part, got, step.want)
		}
	}
}

func FuzzInjector(f *testing.F) {
	f.Add("<!doctype html><html><head><title>x", 3)
	f.Fuzz(func(t *testing.T, in string, size int) {
		i := injector{tag: []byte("@@tag@@")}
		var out strings.Builder
		for rest := in; rest != ""; {
			part := rest[:min(max(size, 1), len(rest))]
			rest = rest[len(part):]
			out.Write(i.edit([]byte(part), false))
		}
		out.Write(i.edit(nil, true))
		if strings.Replace(out.String(), "@@tag@@", "", 1) != in && !strings.Contains(in, "@@tag@@") {
			t.Errorf("%q became %q", in, out.String())
		}
	})
}
