package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"thidua/domain"
	"thidua/web"
)

// app is one run of the command line.
type app struct {
	out, err io.Writer
	env      func(string) string
	now      func() time.Time
	running  bool // the words of the command line were understood

	dataDir     string
	natsURL     string
	natsCreds   string
	replicas    int // of a log that is made
	databaseURL string
	lang        string
	json        bool
	verbose     bool
	logLevel    string
	logFormat   string
	stopTimeout time.Duration // of a process that runs until it is stopped
	stays       bool          // it is such a one
	log         *slog.Logger
	meters      *web.Meters

	// withoutLog says that the place is opened without its log, which may be damaged or not be there yet.
	withoutLog bool

	logKey     string // file of the log's key, "" for the one in the data directory
	policyFile string // that says which witnesses count, "" for the one in the data directory
	logURL     string // of the process that serves the sealed log, "" where it lies in the data directory
}

// usageError says that a command was asked for in a way it does not take.
type usageError struct{ text domain.Text }

func (e *usageError) Error() string     { return e.text.EN }
func (e *usageError) Text() domain.Text { return e.text }

// failure is an error of this package with a text in both languages.
type failure struct{ text domain.Text }

func (e *failure) Error() string     { return e.text.EN }
func (e *failure) Text() domain.Text { return e.text }

func (a *app) addFlags(root *cobra.Command) {
	flags := root.PersistentFlags()
	flags.StringVar(&a.dataDir, "data-dir", "", "folder of the data (THIDUA_DATA_DIR)")
	flags.StringVar(&a.natsURL, "nats-url", "", "an external NATS instead of a private one (NATS_URL)")
	flags.StringVar(&a.natsCreds, "nats-creds", "", "file with the credentials for an external NATS, where its address has none (NATS_CREDS)")
	flags.IntVar(&a.replicas, "nats-replicas", 0, "on how many servers of an external NATS the log must be kept: 1, 3 or 5 (NATS_REPLICAS; default 1)")
	flags.StringVar(&a.databaseURL, "database-url", "", "an external Postgres instead of a private one (DATABASE_URL)")
	flags.StringVar(&a.logKey, "log-key", "", "file of the sealed log's key (THIDUA_LOG_KEY; default log.key in the data directory)")
	flags.StringVar(&a.policyFile, "log-policy", "", "file that says which witnesses make a checkpoint count (THIDUA_LOG_POLICY; default policy.txt in the data directory, if there is one)")
	flags.StringVar(&a.logURL, "log-url", "", "where another process serves the sealed log, such as http://host:8082/log/ (THIDUA_LOG_URL)")
	flags.StringVar(&a.lang, "lang", "", "language of the answers: vi or en (default from the locale, else en)")
	flags.BoolVar(&a.json, "json", false, "answer in JSON")
	flags.BoolVarP(&a.verbose, "verbose", "v", false, "tell on stderr what is being done, as --log-level info")
	flags.StringVar(&a.logLevel, "log-level", "", "what the log on stderr tells: debug, info, warn or error (THIDUA_LOG_LEVEL; default warn)")
	flags.StringVar(&a.logFormat, "log-format", "", "form of the log on stderr: text or json (THIDUA_LOG_FORMAT; default text)")
}

// settle reads what the flags left open from the environment.
func (a *app) settle(*cobra.Command) error {
	a.dataDir = a.orEnv(a.dataDir, "THIDUA_DATA_DIR")
	a.natsURL = a.orEnv(a.natsURL, "NATS_URL")
	a.databaseURL = a.orEnv(a.databaseURL, "DATABASE_URL")
	if a.dataDir == "" {
		a.dataDir = a.defaultDataDir()
	}
	a.natsCreds = a.orEnv(a.natsCreds, "NATS_CREDS")
	a.policyFile = a.orEnv(a.policyFile, "THIDUA_LOG_POLICY")
	a.logKey, a.logURL = a.orEnv(a.logKey, "THIDUA_LOG_KEY"), a.orEnv(a.logURL, "THIDUA_LOG_URL")
	a.meters = web.NewMeters(build())
	if err := a.settleLanguage(); err != nil {
		return err
	}
	if err := errors.Join(a.settleReplicas(), a.settleLog()); err != nil {
		return err
	}
	if (a.natsURL == "") != (a.databaseURL == "") {
		return &usageError{domain.Text{
			VI: "NATS_URL và DATABASE_URL phải đi cùng nhau: hãy đặt cả hai hoặc không đặt cái nào",
			EN: "NATS_URL and DATABASE_URL go together: give both or neither",
		}}
	}
	return nil
}

// settleReplicas reads how many copies the log must have. The numbers are those with which a majority outlives the loss of a server.
func (a *app) settleReplicas() error {
	if text := a.env("NATS_REPLICAS"); a.replicas == 0 && text != "" {
		var err error
		if a.replicas, err = strconv.Atoi(text); err != nil {
			a.replicas = -1
		}
	}
	if !slices.Contains([]int{0, 1, 3, 5}, a.replicas) {
		return &usageError{domain.Text{VI: "--nats-replicas (NATS_REPLICAS) là 1, 3 hoặc 5", EN: "--nats-replicas (NATS_REPLICAS) is 1, 3 or 5"}}
	}
	return nil
}

// settleLog makes the log of the process, on stderr.
func (a *app) settleLog() error {
	level := slog.LevelWarn
	if a.verbose {
		level = slog.LevelInfo
	}
	if text := a.orEnv(a.logLevel, "THIDUA_LOG_LEVEL"); text != "" && level.UnmarshalText([]byte(text)) != nil {
		return &usageError{domain.Text{
			VI: "--log-level là debug, info, warn hoặc error, không phải " + text, EN: "--log-level is debug, info, warn or error, not " + text,
		}}
	}
	options := &slog.HandlerOptions{Level: level}
	switch format := a.orEnv(a.logFormat, "THIDUA_LOG_FORMAT"); format {
	case "", "text":
		a.log = slog.New(slog.NewTextHandler(a.err, options))
	case "json":
		a.log = slog.New(slog.NewJSONHandler(a.err, options))
	default:
		return &usageError{domain.Text{VI: "--log-format là text hoặc json, không phải " + format, EN: "--log-format is text or json, not " + format}}
	}
	return nil
}

func (a *app) settleLanguage() error {
	switch a.lang {
	case "vi", "en":
		return nil
	case "":
		a.lang = "en"
		locale := a.orEnv(a.orEnv(a.env("LC_ALL"), "LC_MESSAGES"), "LANG")
		if strings.HasPrefix(locale, "vi") {
			a.lang = "vi"
		}
		return nil
	}
	wrong := a.lang
	a.lang = "en"
	return &usageError{domain.Text{VI: "--lang là vi hoặc en, không phải " + wrong, EN: "--lang is vi or en, not " + wrong}}
}

func (a *app) orEnv(value, name string) string {
	if value != "" {
		return value
	}
	return a.env(name)
}

// defaultDataDir is /var/lib/thidua for root, else thidua under XDG_DATA_HOME (the XDG base directory specification).
func (a *app) defaultDataDir() string {
	if os.Geteuid() == 0 {
		return "/var/lib/thidua"
	}
	if home := a.env("XDG_DATA_HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, "thidua")
	}
	return filepath.Join(a.env("HOME"), ".local", "share", "thidua")
}

// say chooses the language.
func (a *app) say(vi, en string) string { return domain.Text{VI: vi, EN: en}.In(a.lang) }

// printf writes a line of an answer in the reader's language. The arguments serve both formats.
func (a *app) printf(vi, en string, args ...any) { fmt.Fprintf(a.out, a.say(vi, en)+"\n", args...) }

// tell writes a line about the work to stderr.
func (a *app) tell(vi, en string, args ...any) { fmt.Fprintf(a.err, a.say(vi, en)+"\n", args...) }

// answer writes an answer as one JSON document.
func (a *app) answer(value any) error {
	encoder := json.NewEncoder(a.out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

// terminal reports whether stderr is a terminal, where progress is shown.
func (a *app) terminal() bool {
	f, ok := a.err.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// progress returns a function that shows how far a work has come, and how long it will take, on a terminal's one line, and nothing anywhere
// else. It is called often and draws seldom.
func (a *app) progress(vi, en string) func(done, total uint64) {
	if !a.terminal() {
		return func(uint64, uint64) {}
	}
	var drawn time.Time
	began, from := a.now(), uint64(0)
	return func(done, total uint64) {
		now := a.now()
		if done < total && now.Sub(drawn) < 100*time.Millisecond {
			return
		}
		if drawn.IsZero() || done < from {
			began, from = now, done // it goes on where an earlier run was, or begins another round
		}
		drawn = now
		fmt.Fprintf(a.err, "\r%s %d/%d%s\x1b[K", a.say(vi, en), done, total, a.remaining(now.Sub(began), done-from, total-min(done, total)))
		if done >= total {
			fmt.Fprint(a.err, "\r\x1b[K")
		}
	}
}

// remaining tells how long what is left will take if it goes on as it went, once there is something to judge by.
func (a *app) remaining(took time.Duration, done, left uint64) string {
	if took < time.Second || done == 0 {
		return ""
	}
	eta := time.Duration(float64(took) / float64(done) * float64(left))
	return fmt.Sprintf(a.say(", còn khoảng %v", ", about %v left"), eta.Round(time.Second))
}

// number writes an exact decimal for people: with a comma in Vietnamese.
func (a *app) number(text string) string {
	if a.lang == "vi" {
		return strings.Replace(text, ".", ",", 1)
	}
	return text
}
