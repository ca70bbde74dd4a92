package web

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Meters count what this process does itself. Each process has one; its methods can be called from any number of goroutines. No label is
// taken from the record: seasons, units and people are in none.
type Meters struct {
	registry    *prometheus.Registry
	appends     *prometheus.HistogramVec
	appendBatch prometheus.Histogram
	batch, took *prometheus.HistogramVec
	retries     *prometheus.CounterVec
	witnesses   *prometheus.HistogramVec
	tasks       *prometheus.HistogramVec
	webhooks    *prometheus.HistogramVec
}

// Build says which program runs.
type Build struct{ Version, Revision string }

// The bounds of the histograms: an append takes some milliseconds, a batch of a catch-up up to seconds; an atomic batch has at most 1,000
// events, one of a projection a few thousand.
func secondsBounds() []float64 { return prometheus.ExponentialBuckets(0.001, 2, 14) }
func eventsBounds() []float64  { return prometheus.ExponentialBuckets(1, 2, 13) }

// NewMeters makes meters that stand at zero.
func NewMeters(build Build) *Meters {
	m := &Meters{
		registry: prometheus.NewRegistry(),
		appends: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "thidua_append_seconds", Help: "Time from an append's submission to its answer, by result: stored or refused.", Buckets: secondsBounds(),
		}, []string{"result"}),
		appendBatch: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "thidua_append_batch_events", Help: "Events in a batch that went to the log as one write.", Buckets: eventsBounds(),
		}),
		batch: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "thidua_projection_batch_events", Help: "Events in a batch of a projection.", Buckets: eventsBounds(),
		}, []string{"projection"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "thidua_projection_batch_seconds", Help: "Time that a projection took for a batch.", Buckets: secondsBounds(),
		}, []string{"projection"}),
		retries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "thidua_projection_failed_batches_total", Help: "Batches of a projection that failed and were given again, or stopped it.",
		}, []string{"projection"}),
		witnesses: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "thidua_witness_seconds", Help: "Time that a witness of the log's policy took, by result: cosigned or failed.", Buckets: secondsBounds(),
		}, []string{"witness", "result"}),
		tasks: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "thidua_task_seconds", Help: "Time of one run of a task, by kind and the state that it ended in.", Buckets: prometheus.ExponentialBuckets(0.01, 4, 10),
		}, []string{"kind", "state"}),
		webhooks: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "thidua_webhook_seconds", Help: "Time of an attempt to deliver an event to a webhook, by outcome: delivered, failed, gone or dead.", Buckets: secondsBounds(),
		}, []string{"outcome"}),
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "thidua_build_info", Help: "1, with the version and revision that run.",
		ConstLabels: prometheus.Labels{"version": build.Version, "revision": build.Revision},
	})
	info.Set(1)
	m.registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), info,
		m.appends, m.appendBatch, m.batch, m.took, m.retries, m.witnesses, m.tasks, m.webhooks,
	)
	for _, result := range []string{stored, refused} {
		m.appends.WithLabelValues(result)
	}
	return m
}

const (
	stored  = "stored"
	refused = "refused"

	cosigned = "cosigned"
	failed   = "failed"
)

// Append counts an append that was answered.
func (m *Meters) Append(took time.Duration, err error) {
	result := stored
	if err != nil {
		result = refused
	}
	m.appends.WithLabelValues(result).Observe(took.Seconds())
}

// Batch counts a batch that went to the log.
func (m *Meters) Batch(events int) { m.appendBatch.Observe(float64(events)) }

// Projected counts a batch that a projection took, or failed to take.
func (m *Meters) Projected(projection string, events int, took time.Duration, err error) {
	retried := m.retries.WithLabelValues(projection)
	if err != nil {
		retried.Inc()
		return
	}
	m.batch.WithLabelValues(projection).Observe(float64(events))
	m.took.WithLabelValues(projection).Observe(took.Seconds())
}

// Witness counts an answer of a witness, by its name in the log's policy, which is the operator's word.
func (m *Meters) Witness(name string, took time.Duration, err error) {
	result := cosigned
	if err != nil {
		result = failed
	}
	m.witnesses.WithLabelValues(name, result).Observe(took.Seconds())
}

// Task counts a run of a task, by its kind and how it ended, which are words of the program.
func (m *Meters) Task(kind, state string, took time.Duration) {
	m.tasks.WithLabelValues(kind, state).Observe(took.Seconds())
}

// Webhook counts an attempt to deliver an event, by its outcome, which is a word of the program.
func (m *Meters) Webhook(outcome string, took time.Duration) {
	m.webhooks.WithLabelValues(outcome).Observe(took.Seconds())
}
