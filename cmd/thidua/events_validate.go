package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"thidua/contract"
	"thidua/domain"
	"thidua/eventlog/envelope"
)

func (a *app) eventsValidateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "validate [FILE]",
		Short: "Judge events, a line each (NDJSON), by the contract",
		Long: "Judge events, a line each (NDJSON), by the contract: the schema of their type, and the bytes that the log has. FILE is - or absent for the standard input.\n" +
			"It names the first line that is wrong and the place in it (a JSON Pointer), and ends with code 3. It needs no data.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 || args[0] == "-" {
				return a.validateEvents("-", cmd.InOrStdin())
			}
			f, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer func() { _ = f.Close() }()
			return a.validateEvents(args[0], f)
		},
	}
}

// eventsVerdict is the form of `events validate --json`.
type eventsVerdict struct {
	OK     bool `json:"ok"`
	Events int  `json:"events"` // that are of the contract, up to the first that is not
	Line   int  `json:"line,omitempty"`
	*contract.Fault
}

func (a *app) validateEvents(name string, from io.Reader) error {
	promised, err := contract.New()
	if err != nil {
		return err
	}
	verdict, err := judgeEvents(promised, from)
	if err != nil {
		return err
	}
	switch {
	case a.json:
		err = a.answer(verdict)
	case verdict.OK:
		a.printf("%s: %d sự kiện, tất cả đúng hợp đồng", "%s: %d events, all of the contract", name, verdict.Events)
	default:
		at := verdict.Pointer
		if at == "" {
			at = a.say("cả sự kiện", "the whole event")
		}
		a.printf("%s, dòng %d, %s: %s", "%s, line %d, %s: %s", name, verdict.Line, at, verdict.Text.In(a.lang))
	}
	if err == nil && !verdict.OK {
		return errNo
	}
	return err
}

// judgeEvents judges lines up to the first that is wrong. The error is that of reading.
func judgeEvents(promised *contract.Contract, from io.Reader) (eventsVerdict, error) {
	lines := bufio.NewScanner(from)
	lines.Buffer(make([]byte, 0, envelope.SizeLimit+2), envelope.SizeLimit+2) // and the line's end
	verdict := eventsVerdict{OK: true}
	for lines.Scan() {
		if fault := promised.Check(lines.Bytes()); fault != nil {
			return eventsVerdict{Events: verdict.Events, Line: verdict.Events + 1, Fault: fault}, nil
		}
		verdict.Events++
	}
	err := lines.Err()
	if errors.Is(err, bufio.ErrTooLong) {
		text := domain.Text{
			VI: fmt.Sprintf("dòng dài hơn %d byte, nhiều hơn một sự kiện được có", envelope.SizeLimit),
			EN: fmt.Sprintf("the line has more than the %d bytes that an event may have", envelope.SizeLimit),
		}
		return eventsVerdict{Events: verdict.Events, Line: verdict.Events + 1, Fault: &contract.Fault{Text: text}}, nil
	}
	return verdict, err
}
