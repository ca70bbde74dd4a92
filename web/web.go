// Package web serves the record over HTTP: to everyone what is public, and to those who run it how it stands. It knows neither the log nor the
// database; what it serves is asked of a Record.
package web

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"time"

	"thidua/domain"
)

// Record answers what is asked. Its answers are written as JSON.
type Record interface {
	// Ranking is a season's ranking now. The error is of kind ErrNotFound where there is no such season.
	Ranking(ctx context.Context, season string) (any, error)
	// Status is how the log and the projections stand.
	Status(ctx context.Context) (any, error)
	// Unready says what keeps the record from being served well, nothing where it is ready.
	Unready(ctx context.Context) []domain.Text
	// Figures is how the record stands, in numbers.
	Figures(ctx context.Context) (Figures, error)
}

// answerLimit is how long one request may take.
const answerLimit = 10 * time.Second

// Public is what everyone may ask. The events themselves are for who has a token: in the sealed log for inspectors, in the feed for whoever builds on them.
func Public(r Record, sealed Sealed, events Events, log *slog.Logger) http.Handler {
	s := site{record: r, log: log}
	handlers := brief(map[string]http.HandlerFunc{
		"GET /healthz":                      s.live,
		"GET /api/status":                   s.status,
		"GET /api/seasons/{season}/ranking": s.ranking,
	})
	maps.Copy(handlers, brief(sealed.routes()))
	maps.Copy(handlers, events.routes(log))
	return routes(handlers)
}

// Admin is what those who run the process ask: whether it lives, whether it should be given work, and how it stands in the form of Prometheus.
func Admin(r Record, m *Meters, log *slog.Logger) http.Handler {
	s := site{record: r, log: log}
	return routes(brief(map[string]http.HandlerFunc{
		"GET /livez":   s.live,
		"GET /readyz":  s.ready,
		"GET /metrics": metrics(r, m).ServeHTTP,
	}))
}

// brief is the rule of answers that come at once: they take a limited time and no parameters.
func brief(handlers map[string]http.HandlerFunc) map[string]http.HandlerFunc {
	all := map[string]http.HandlerFunc{}
	for pattern, handle := range handlers {
		all[pattern] = func(w http.ResponseWriter, r *http.Request) {
			ctx, stop := context.WithTimeout(r.Context(), answerLimit)
			defer stop()
			if r.URL.RawQuery != "" {
				write(w, http.StatusBadRequest, textNoParameters)
				return
			}
			handle(w, r.WithContext(ctx))
		}
	}
	return all
}

// routes answers a list of patterns, and a problem for everything else.
func routes(handlers map[string]http.HandlerFunc) http.Handler {
	mux := http.NewServeMux()
	for pattern, handle := range handlers {
		mux.HandleFunc(pattern, handle)
	}
	mux.HandleFunc("/", unrouted)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store") // a ranking that was finalised meanwhile must never be seen as it was
		mux.ServeHTTP(w, r)
	})
}

func unrouted(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		write(w, http.StatusMethodNotAllowed, textMethod)
		return
	}
	write(w, http.StatusNotFound, textNoPage)
}

// site holds what the handlers need.
type site struct {
	record Record
	log    *slog.Logger
}

func (s site) live(w http.ResponseWriter, _ *http.Request) {
	s.give(w, map[string]bool{"ok": true})
}

func (s site) ready(w http.ResponseWriter, r *http.Request) {
	if why := s.record.Unready(r.Context()); len(why) > 0 {
		write(w, http.StatusServiceUnavailable, why...)
		return
	}
	s.give(w, map[string]bool{"ok": true})
}

func (s site) status(w http.ResponseWriter, r *http.Request) {
	answer, err := s.record.Status(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.give(w, answer)
}

func (s site) ranking(w http.ResponseWriter, r *http.Request) {
	season := r.PathValue("season")
	if _, err := domain.ParseID(season); err != nil {
		write(w, http.StatusNotFound, textNoSeason)
		return
	}
	answer, err := s.record.Ranking(r.Context(), season)
	switch {
	case errors.Is(err, domain.ErrNotFound):
		write(w, http.StatusNotFound, textNoSeason)
	case err != nil:
		s.fail(w, r, err)
	default:
		s.give(w, answer)
	}
}

func (s site) give(w http.ResponseWriter, answer any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(answer); err != nil {
		s.log.Info("an answer did not reach its reader", "error", err)
	}
}

// fail tells the reader that it is not their fault, and the log what it was.
func (s site) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() == nil {
		s.log.Error("a request failed", "route", r.Pattern, "error", err)
	}
	write(w, http.StatusServiceUnavailable, textFailed)
}
