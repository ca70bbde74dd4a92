// Command thidua is the system of record for the results of emulation clusters: it takes in a season's papers, ranks its units by rules
// that a stranger can recompute, and shows the record behind every number.
//
// This package is the only place that reads the environment and flags, knows the time, and connects the parts. Each subcommand has a file.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // seasons name their zones; the machine may not have them

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/internal/calm"
	"thidua/internal/embedded"
)

// The exit codes of spec "cli".
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
	exitNo     = 3
)

// errNo says that the answer is "no", which the answer itself has told already.
var errNo = errors.New("no")

// errTold says that the command failed and has told why.
var errTold = errors.New("failed")

func main() { os.Exit(run()) }

// run is main with an exit code, so that tests can run the command line in their own process.
func run() int {
	calm.Collect(os.Getenv)
	ctx, forget := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer forget()
	defer context.AfterFunc(ctx, forget)() // a second signal ends the process at once
	a := &app{out: os.Stdout, err: os.Stderr, env: os.Getenv, now: time.Now}
	root := a.root()
	err := root.ExecuteContext(ctx)
	return a.exit(ctx, err)
}

// exit tells an error to the person who asked and chooses the code.
func (a *app) exit(ctx context.Context, err error) int {
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errNo):
		return exitNo
	case errors.Is(err, errTold):
		return exitFailed
	case !a.running:
		fmt.Fprintln(a.err, err)
		fmt.Fprintln(a.err, a.say("Xem thêm: thidua --help", "See: thidua --help"))
		return exitUsage
	case ctx.Err() != nil:
		fmt.Fprintln(a.err, a.say("Đã dừng theo yêu cầu. Có thể chạy lại lệnh này.", "Stopped as asked. The command can be run again."))
		return exitFailed
	}
	fmt.Fprintln(a.err, a.explainError(err))
	if _, ok := errors.AsType[*usageError](err); ok {
		return exitUsage
	}
	if errors.Is(err, domain.ErrRefused) || errors.Is(err, domain.ErrInvalid) {
		return exitNo
	}
	return exitFailed
}

// explainError gives the text of an error in the reader's language where it has one.
func (a *app) explainError(err error) string {
	if p, ok := errors.AsType[*domain.Problem](err); ok {
		return p.Text.In(a.lang) + " (" + string(p.Rule) + ")"
	}
	if setup, ok := errors.AsType[*embedded.SetupError](err); ok {
		hint := setup.Hint()
		return err.Error() + "\n" + a.say(hint.VI, hint.EN)
	}
	var told interface{ Text() domain.Text }
	if errors.As(err, &told) {
		return told.Text().In(a.lang)
	}
	return concealed(err.Error())
}

// root makes the command tree.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "thidua",
		Short:         "The record of emulation results, and the rankings that follow from it",
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			a.running = true
			return a.settle(cmd)
		},
	}
	a.addFlags(root)
	root.AddCommand(
		a.demoCommand(), a.upCommand(), a.workCommand(), a.serveCommand(), a.sealCommand(),
		a.importCommand(), a.exportCommand(), a.generateCommand(),
		a.seasonsCommand(), a.rankingCommand(), a.explainCommand(), a.diffCommand(), a.auditCommand(), a.awardsCommand(),
		a.signCommand(), a.signatureCommand(), a.keyCommand(), a.inspectorCommand(), a.tokenCommand(),
		a.dossierCommand(), a.tasksCommand(), a.eventsCommand(), a.consumerCommand(), a.webhookCommand(), a.analystCommand(),
		a.verifyCommand(), a.sampleCommand(), a.rebuildCommand(), a.parkedCommand(), a.statusCommand(),
		a.eraseCommand(),
		a.repairCommand(), a.backupCommand(), a.restoreCommand(),
	)
	return root
}
