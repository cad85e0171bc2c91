package main

import (
	"embed"
	"html/template"
	"log"
	"net/http"
	"os"
	"time"
)

//go:embed web
var web embed.FS

var page = template.Must(template.ParseFS(web, "web/page.html"))

var started = time.Now()

func handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		err := page.Execute(w, map[string]any{
			"Greeting":      greeting,
			"Configuration": configuration,
			"PID":           os.Getpid(),
			"Started":       started.Format(time.TimeOnly),
		})
		if err != nil {
			log.Print(err)
		}
	})
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, web, "web/style.css")
	})
	return mux
}
