package web_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
	"thidua/web"
)

// record is one of which everything is known beforehand.
type record struct {
	why    []domain.Text
	failed error
}

func (r record) Ranking(_ context.Context, season string) (any, error) {
	if season != "here" {
		return nil, fmt.Errorf("ranking: %w", domain.ErrNotFound)
	}
	return map[string]string{"season": season}, r.failed
}

func (r record) Status(context.Context) (any, error) {
	return map[string]int{"position": 7}, r.failed
}

func (r record) Unready(context.Context) []domain.Text { return r.why }

func (r record) Figures(context.Context) (web.Figures, error) {
	return web.Figures{
		Position: 7, Ready: true, Workers: 2, Projections: []web.ProjectionFigures{{Name: "audit", Lag: 2, Age: 1500 * time.Millisecond, Parked: 1, Paused: true}},
		Rebuilds: []web.RebuildFigures{{Name: "audit", Version: 2, Position: 3}},
		Webhooks: &web.WebhookFigures{Active: 3, Paused: 2, Stopped: 1, Waiting: 9},
	}, r.failed
}

// reply is what a client sees.
type reply struct {
	Status      int
	Type, Body  string
	Allow, Keep string
}

func ask(h http.Handler, method, target string) reply {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, target, nil))
	return reply{w.Code, w.Header().Get("Content-Type"), w.Body.String(), w.Header().Get("Allow"), w.Header().Get("Cache-Control")}
}

const (
	jsonType    = "application/json; charset=utf-8"
	problemType = "application/problem+json; charset=utf-8"
)

func problem(status int, vi, en string) reply {
	return reply{Status: status, Type: problemType, Keep: "no-store", Body: fmt.Sprintf(
		`{"type":"about:blank","title":%q,"status":%d,"causes":[{"vi":%q,"en":%q}]}`+"\n", http.StatusText(status), status, vi, en)}
}

func TestAnswers(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	meters := web.NewMeters(web.Build{})
	well := record{}
	badly := record{why: []domain.Text{{VI: "chậm", EN: "behind"}}, failed: errors.New("password=secret")}
	noSeason := problem(404, "Không có mùa thi đua này.", "There is no such season.")
	noPage := problem(404, "Không có trang này.", "There is no such page.")
	method := problem(405, "Địa chỉ này chỉ để đọc (GET).", "This address is for reading only (GET).")
	method.Allow = "GET, HEAD"
	failed := problem(503, "Máy chủ tạm thời không trả lời được. Hãy thử lại sau.", "The server can't answer for now. Try again later.")
	ok := func(body string) reply {
		return reply{Status: 200, Type: jsonType, Keep: "no-store", Body: body + "\n"}
	}
	for _, tc := range []struct {
		h              http.Handler
		method, target string
		want           reply
	}{
		{web.Public(well, web.Sealed{}, web.Events{}, log), "GET", "/healthz", ok(`{"ok":true}`)},
		{web.Public(well, web.Sealed{}, web.Events{}, log), "GET", "/api/status", ok(`{"position":7}`)},
		{web.Public(well, web.Sealed{}, web.Events{}, log), "GET", "/api/seasons/here/ranking", ok(`{"season":"here"}`)},
		{web.Public(well, web.Sealed{}, web.Events{}, log), "GET", "/api/seasons/there/ranking", noSeason},
		{web.Public(well, web.Sealed{}, web.Events{}, log), "GET", "/api/seasons/%00/ranking", noSeason},
		{web.Public(well, web.Sealed{}, web.Events{}, log), "GET", "/api/seasons/here/ranking?at=x", problem(400, "Địa chỉ này không nhận tham số.", "This address takes no parameters.")},
		{web.Public(well, web.Sealed{}, web.Events{}, log), "POST", "/api/status", method},
		{web.Public(well, web.Sealed{}, web.Events{}, log), "GET", "/readyz", noPage},
		{web.Public(badly, web.Sealed{}, web.Events{}, log), "GET", "/api/status", failed},
		{web.Public(badly, web.Sealed{}, web.Events{}, log), "GET", "/api/seasons/here/ranking", failed},
		{web.Admin(well, meters, log), "GET", "/livez", ok(`{"ok":true}`)},
		{web.Admin(well, meters, log), "GET", "/readyz", ok(`{"ok":true}`)},
		{web.Admin(badly, meters, log), "GET", "/livez", ok(`{"ok":true}`)},
		{web.Admin(badly, meters, log), "GET", "/readyz", problem(503, "chậm", "behind")},
		{web.Admin(well, meters, log), "GET", "/api/status", noPage},
	} {
		if diff := cmp.Diff(tc.want, ask(tc.h, tc.method, tc.target)); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", tc.method, tc.target, diff)
		}
	}
}

// A request that is under way when the process is told to stop gets its answer.
func TestServeEndsGracefully(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	begun, told := make(chan struct{}), make(chan struct{})
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		<-told
		w.WriteHeader(http.StatusTeapot)
	})
	ctx, stop := context.WithCancel(t.Context())
	served, got := make(chan error, 1), make(chan int, 1)
	go func() { served <- web.Serve(ctx, listener, handler) }()
	go func() {
		response, err := http.Get("http://" + listener.Addr().String())
		if err != nil {
			got <- 0
			return
		}
		_ = response.Body.Close()
		got <- response.StatusCode
	}()
	<-begun
	stop()
	close(told)
	if status := <-got; status != http.StatusTeapot {
		t.Errorf("status %d, want %d", status, http.StatusTeapot)
	}
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

func TestMetrics(t *testing.T) {
	own := func(r record, m *web.Meters) (lines []string) {
		for line := range strings.Lines(ask(web.Admin(r, m, slog.New(slog.DiscardHandler)), "GET", "/metrics").Body) {
			if strings.HasPrefix(line, "thidua_") && !strings.Contains(line, "_bucket") {
				lines = append(lines, strings.TrimSpace(line))
			}
		}
		return lines
	}
	m := web.NewMeters(web.Build{Version: "v1", Revision: "abc"})
	m.Append(2*time.Second, nil)
	m.Append(time.Second, errors.New("conflict"))
	m.Batch(26)
	m.Projected("audit", 5, 3*time.Second, nil)
	m.Projected("audit", 5, 3*time.Second, errors.New("away"))
	m.Witness("province", 2*time.Second, nil)
	m.Witness("province", time.Second, errors.New("away"))
	m.Webhook("failed", 2*time.Second)
	attempts := []string{`thidua_webhook_seconds_sum{outcome="failed"} 2`, `thidua_webhook_seconds_count{outcome="failed"} 1`}
	witnesses := []string{
		`thidua_witness_seconds_sum{result="cosigned",witness="province"} 2`, `thidua_witness_seconds_count{result="cosigned",witness="province"} 1`,
		`thidua_witness_seconds_sum{result="failed",witness="province"} 1`, `thidua_witness_seconds_count{result="failed",witness="province"} 1`,
	}
	meters := []string{
		"thidua_append_batch_events_sum 26", "thidua_append_batch_events_count 1",
		`thidua_append_seconds_sum{result="refused"} 1`, `thidua_append_seconds_count{result="refused"} 1`,
		`thidua_append_seconds_sum{result="stored"} 2`, `thidua_append_seconds_count{result="stored"} 1`,
		`thidua_build_info{revision="abc",version="v1"} 1`,
	}
	projected := []string{
		`thidua_projection_batch_events_sum{projection="audit"} 5`, `thidua_projection_batch_events_count{projection="audit"} 1`,
		`thidua_projection_batch_seconds_sum{projection="audit"} 3`, `thidua_projection_batch_seconds_count{projection="audit"} 1`,
		`thidua_projection_failed_batches_total{projection="audit"} 1`,
	}
	want := slices.Concat(meters, []string{"thidua_log_position 7", "thidua_log_stopped 0", `thidua_parked_events{projection="audit"} 1`}, projected, []string{
		`thidua_projection_lag_events{projection="audit"} 2`, `thidua_projection_lag_seconds{projection="audit"} 1.5`,
		`thidua_projection_paused{projection="audit"} 1`, "thidua_reachable 1", "thidua_ready 1", `thidua_rebuild_position{projection="audit",version="2"} 3`,
	}, attempts, []string{
		"thidua_webhook_waiting_events 9", `thidua_webhooks{state="active"} 3`, `thidua_webhooks{state="paused"} 2`, `thidua_webhooks{state="stopped"} 1`,
	}, witnesses, []string{"thidua_workers 2"})
	if diff := cmp.Diff(want, own(record{}, m)); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
	away := slices.Concat(meters, projected, []string{"thidua_reachable 0", "thidua_ready 0"}, attempts, witnesses)
	if diff := cmp.Diff(away, own(record{failed: errors.New("away")}, m)); diff != "" {
		t.Errorf("metrics of what is away (-want +got):\n%s", diff)
	}
}
