package web

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Figures is how the record stands, in numbers.
type Figures struct {
	Position    uint64 // of the log's last event
	Projections []ProjectionFigures
}

// ProjectionFigures is how a live projection stands.
type ProjectionFigures struct {
	Name   string
	Lag    uint64 // events behind the log
	Parked uint64 // events
}

// figures collects a record's figures at each scrape.
type figures struct {
	record                        Record
	reachable, position, lag, put *prometheus.Desc
}

// metrics is the handler of a registry of its own.
func metrics(r Record) http.Handler {
	of := []string{"projection"}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), figures{
		record:    r,
		reachable: prometheus.NewDesc("thidua_reachable", "1 where log and database can be read, else 0.", nil, nil),
		position:  prometheus.NewDesc("thidua_log_position", "Position of the last event on the log.", nil, nil),
		lag:       prometheus.NewDesc("thidua_projection_lag_events", "Events that a live projection is behind the log.", of, nil),
		put:       prometheus.NewDesc("thidua_parked_events", "Events that a live projection has parked.", of, nil),
	})
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

// Describe implements prometheus.Collector.
func (f figures) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{f.reachable, f.position, f.lag, f.put} {
		to <- d
	}
}

// Collect implements prometheus.Collector. What can't be read is absent, so that nobody takes it for nothing.
func (f figures) Collect(to chan<- prometheus.Metric) {
	ctx, stop := context.WithTimeout(context.Background(), answerLimit)
	defer stop()
	gauge := func(d *prometheus.Desc, value uint64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(value), labels...)
	}
	now, err := f.record.Figures(ctx)
	if err != nil {
		gauge(f.reachable, 0)
		return
	}
	gauge(f.reachable, 1)
	gauge(f.position, now.Position)
	for _, p := range now.Projections {
		gauge(f.lag, p.Lag, p.Name)
		gauge(f.put, p.Parked, p.Name)
	}
}
