// Package web is what visitors see: a page of jobs, and a form for the next one.
package web

import (
	"bytes"
	"embed"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"example.com/shop/internal/job"
)

//go:embed page.html style.css
var files embed.FS

var page = template.Must(template.ParseFS(files, "page.html"))

const (
	maxForm  = 64 << 10 // bytes of a form
	maxShown = 20       // jobs on the page
)

type handler struct {
	store  *job.Store
	log    *slog.Logger
	config string
}

// Handler serves the jobs of a store. The page says which configuration runs.
func Handler(store *job.Store, log *slog.Logger, config string) http.Handler {
	h := handler{store: store, log: log, config: config}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", h.showPage)
	mux.HandleFunc("POST /jobs", h.addJob)
	mux.HandleFunc("GET /health", h.health)
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, files, "style.css")
	})
	return http.NewCrossOriginProtection().Handler(mux)
}

func (h handler) showPage(w http.ResponseWriter, r *http.Request) {
	jobs, err := h.store.List()
	if err != nil {
		h.fail(w, r, err)
		return
	}
	slices.Reverse(jobs)
	var b bytes.Buffer
	err = page.Execute(&b, map[string]any{
		"Config": h.config,
		"Jobs":   jobs[:min(len(jobs), maxShown)],
	})
	if err != nil {
		h.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	b.WriteTo(w)
}

func (h handler) addJob(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	text := strings.TrimSpace(r.PostFormValue("text"))
	if text == "" {
		http.Error(w, "the text is missing, or too long", http.StatusBadRequest)
		return
	}
	j, err := h.store.Add(text)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.log.Info("job added", "id", j.ID)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// health answers 200 if the program can do its work.
func (h handler) health(w http.ResponseWriter, r *http.Request) {
	if _, err := h.store.List(); err != nil {
		h.log.Error("unhealthy", "err", err)
		http.Error(w, "the store cannot be read", http.StatusServiceUnavailable)
		return
	}
	io.WriteString(w, "ok\n")
}

func (h handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	h.log.Error("request failed", "method", r.Method, "path", r.URL.Path, "err", err)
	http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
}
