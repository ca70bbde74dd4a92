package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Figures is how the record stands, in numbers.
type Figures struct {
	Position    uint64 // of the log's last event
	Ready       bool   // nothing is to be told by Unready
	Stopped     bool   // appends are stopped
	Workers     int    // processes that carry the log into the projections
	Projections []ProjectionFigures
	Rebuilds    []RebuildFigures
	Tasks       []TaskFigures
	Webhooks    *WebhookFigures // nil where it is not known
	Seal        *SealFigures    // nil where this process does not see the sealed log
}

// SealFigures is how the sealed log stands.
type SealFigures struct {
	Size int64         // events that the published checkpoint is over
	Lag  uint64        // events of the log that it does not have
	Age  time.Duration // of the checkpoint
	// Witnessed are the events that the largest witnessed checkpoint is over, nil where the log has no witnesses.
	Witnessed *int64
}

// ProjectionFigures is how a live projection stands.
type ProjectionFigures struct {
	Name   string
	Lag    uint64        // events behind the log
	Age    time.Duration // since the oldest of those was recorded
	Parked uint64        // events
	Paused bool
}

// RebuildFigures is how far a rebuild has come.
type RebuildFigures struct {
	Name     string
	Version  int
	Position uint64
}

// TaskFigures is how many tasks of a kind are in a state.
type TaskFigures struct {
	Kind, State string
	Count       int
	Oldest      time.Duration // since the oldest of them was due, where they are queued
}

// WebhookFigures is how the webhooks stand.
type WebhookFigures struct {
	Active, Paused int // an operator paused them
	Stopped        int // paused for another cause: they wait for an operator
	Waiting        int // events that were taken up for one and are not delivered
}

// figures collects a record's figures at each scrape.
type figures struct {
	record                                                                                 Record
	reachable, ready, stopped, workers, position, lag, age, parkedEvents, paused, rebuilds *prometheus.Desc
	sealSize, sealLag, sealAge, sealWitnessed                                              *prometheus.Desc
	tasks, tasksAge, webhooks, webhooksWaiting                                             *prometheus.Desc
}

// metrics is the handler of a process's meters together with a record's figures.
func metrics(r Record, m *Meters) http.Handler {
	of := []string{"projection"}
	registry := prometheus.NewRegistry()
	registry.MustRegister(figures{
		record:       r,
		reachable:    prometheus.NewDesc("thidua_reachable", "1 where log and database can be read, else 0.", nil, nil),
		ready:        prometheus.NewDesc("thidua_ready", "1 where /readyz is green, else 0.", nil, nil),
		stopped:      prometheus.NewDesc("thidua_log_stopped", "1 where the log takes nothing more because something of it is lost, else 0.", nil, nil),
		workers:      prometheus.NewDesc("thidua_workers", "Processes that carry the log into the projections.", nil, nil),
		position:     prometheus.NewDesc("thidua_log_position", "Position of the last event on the log.", nil, nil),
		lag:          prometheus.NewDesc("thidua_projection_lag_events", "Events that a live projection is behind the log.", of, nil),
		age:          prometheus.NewDesc("thidua_projection_lag_seconds", "Time since the oldest event was recorded that a live projection does not have yet.", of, nil),
		parkedEvents: prometheus.NewDesc("thidua_parked_events", "Events that a live projection has parked.", of, nil),
		paused:       prometheus.NewDesc("thidua_projection_paused", "1 where a live projection can't go on, else 0.", of, nil),
		rebuilds: prometheus.NewDesc("thidua_rebuild_position", "Position that a rebuild has come to; absent where none is under way.",
			[]string{"projection", "version"}, nil),
		tasks:           prometheus.NewDesc("thidua_tasks", "Tasks by kind and state.", []string{"kind", "state"}, nil),
		tasksAge:        prometheus.NewDesc("thidua_task_queued_seconds", "Time since the oldest task of a kind was due that is queued still.", []string{"kind"}, nil),
		webhooks:        prometheus.NewDesc("thidua_webhooks", "Webhooks by state: active, paused by an operator, or stopped until one resumes them.", []string{"state"}, nil),
		webhooksWaiting: prometheus.NewDesc("thidua_webhook_waiting_events", "Events that were taken up for a webhook and are not delivered yet.", nil, nil),
		sealSize:        prometheus.NewDesc("thidua_seal_size", "Events that the published checkpoint is over; absent where this process does not see it.", nil, nil),
		sealLag:         prometheus.NewDesc("thidua_seal_lag_events", "Events of the log that the published checkpoint does not have.", nil, nil),
		sealAge:         prometheus.NewDesc("thidua_seal_checkpoint_age_seconds", "Time since the last checkpoint was published.", nil, nil),
		sealWitnessed:   prometheus.NewDesc("thidua_seal_witnessed_size", "Events that the largest checkpoint is over which a quorum of witnesses has cosigned; absent where there are no witnesses.", nil, nil),
	})
	return promhttp.HandlerFor(prometheus.Gatherers{m.registry, registry}, promhttp.HandlerOpts{})
}

// Describe implements prometheus.Collector.
func (f figures) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{f.reachable, f.ready, f.stopped, f.workers, f.position, f.lag, f.age, f.parkedEvents, f.paused, f.rebuilds, f.sealSize, f.sealLag, f.sealAge, f.sealWitnessed, f.tasks, f.tasksAge, f.webhooks, f.webhooksWaiting} {
		to <- d
	}
}

// Collect implements prometheus.Collector. What can't be read is absent, so that nobody takes it for nothing.
func (f figures) Collect(to chan<- prometheus.Metric) {
	ctx, stop := context.WithTimeout(context.Background(), answerLimit)
	defer stop()
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	now, err := f.record.Figures(ctx)
	gauge(f.reachable, flag(err == nil))
	gauge(f.ready, flag(err == nil && now.Ready))
	if err != nil {
		return
	}
	gauge(f.stopped, flag(now.Stopped))
	gauge(f.workers, float64(now.Workers))
	gauge(f.position, float64(now.Position))
	for _, p := range now.Projections {
		gauge(f.lag, float64(p.Lag), p.Name)
		gauge(f.age, p.Age.Seconds(), p.Name)
		gauge(f.parkedEvents, float64(p.Parked), p.Name)
		gauge(f.paused, flag(p.Paused), p.Name)
	}
	if now.Seal != nil {
		gauge(f.sealSize, float64(now.Seal.Size))
		gauge(f.sealLag, float64(now.Seal.Lag))
		gauge(f.sealAge, now.Seal.Age.Seconds())
		if now.Seal.Witnessed != nil {
			gauge(f.sealWitnessed, float64(*now.Seal.Witnessed))
		}
	}
	for _, t := range now.Tasks {
		gauge(f.tasks, float64(t.Count), t.Kind, t.State)
		if t.State == "queued" {
			gauge(f.tasksAge, t.Oldest.Seconds(), t.Kind)
		}
	}
	if w := now.Webhooks; w != nil {
		gauge(f.webhooks, float64(w.Active), "active")
		gauge(f.webhooks, float64(w.Paused), "paused")
		gauge(f.webhooks, float64(w.Stopped), "stopped")
		gauge(f.webhooksWaiting, float64(w.Waiting))
	}
	for _, r := range now.Rebuilds {
		gauge(f.rebuilds, float64(r.Position), r.Name, strconv.Itoa(r.Version))
	}
}

func flag(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
