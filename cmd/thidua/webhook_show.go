package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/workers/webhooks"
)

// webhookAnswer is an endpoint in JSON. Its URL is shown without the query.
type webhookAnswer struct {
	Webhook      string          `json:"webhook"`
	URL          string          `json:"url"`
	AllowPrivate bool            `json:"allow_private"`
	Types        []string        `json:"types"`
	Season       string          `json:"season"`
	State        string          `json:"state"`
	Cause        string          `json:"cause"`
	Since        time.Time       `json:"since"` // in this state
	Position     domain.Position `json:"position"`
	Behind       domain.Position `json:"behind"` // events of the log that it has not come to
	Waiting      int             `json:"waiting"`
	Dead         int             `json:"dead"`
	Failures     int             `json:"failures"`
	RestUntil    *time.Time      `json:"rest_until"`
	// Attempts are the newest of the delivery log, the newest first; absent in the list.
	Attempts []attemptAnswer `json:"attempts,omitempty"`
}

// attemptAnswer is a row of the delivery log in JSON.
type attemptAnswer struct {
	Position *domain.Position `json:"position"`
	ID       string           `json:"id"`
	At       time.Time        `json:"at"`
	Millis   int              `json:"took_ms"`
	Status   int              `json:"status"`
	Outcome  string           `json:"outcome"`
	Fault    string           `json:"fault"`
}

func answerOf(e webhooks.Endpoint, last domain.Position) webhookAnswer {
	return webhookAnswer{
		Webhook: e.Name, URL: webhooks.Place(e.URL), AllowPrivate: e.AllowPrivate, Types: append([]string{}, e.Types...), Season: e.Season,
		State: e.State, Cause: e.Cause, Since: e.Since, Position: e.Position, Behind: last - min(last, e.Position),
		Waiting: e.Waiting, Dead: e.Dead, Failures: e.Failures, RestUntil: e.RestUntil,
	}
}

func (a *app) webhookListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "The webhooks, and how far each has come",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withWebhooks(cmd.Context(), "", func(p *place, hooks *webhooks.Webhooks) error { return a.listWebhooks(cmd.Context(), p, hooks) })
		},
	}
}

func (a *app) listWebhooks(ctx context.Context, p *place, hooks *webhooks.Webhooks) error {
	last, err := p.log.Last(ctx)
	if err != nil {
		return err
	}
	all, err := hooks.List(ctx)
	if err != nil {
		return err
	}
	answers := []webhookAnswer{}
	for _, e := range all {
		answers = append(answers, answerOf(e, last))
	}
	if a.json {
		return a.answer(answers)
	}
	if len(answers) == 0 {
		a.printf("Chưa có webhook nào. Thêm: thidua webhook add URL", "There is no webhook yet. Add one: thidua webhook add URL")
		return nil
	}
	table := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, a.say("Webhook\tTrạng thái\tVị trí\tCòn sau đó\tĐang chờ\tGửi đến", "Webhook\tState\tPosition\tBehind\tWaiting\tTo"))
	for _, w := range answers {
		fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%d\t%s\n", w.Webhook, a.webhookState(w), w.Position, w.Behind, w.Waiting, w.URL)
	}
	return table.Flush()
}

// webhookState says how an endpoint stands.
func (a *app) webhookState(w webhookAnswer) string {
	state := map[string]domain.Text{
		"":          {VI: "đang gửi", EN: "active"},
		"asked":     {VI: "tạm dừng theo yêu cầu", EN: "paused as asked"},
		"gone":      {VI: "tạm dừng: bên nhận trả lời 410", EN: "paused: it answered 410"},
		"exhausted": {VI: "tạm dừng: ba ngày không gửi được", EN: "paused: three days of tries were in vain"},
		"log":       {VI: "tạm dừng: sổ sự kiện không còn là sổ cũ; để gửi tiếp: redeliver --since, rồi resume", EN: "paused: the log is another one; to go on: redeliver --since, then resume"},
		"restored":  {VI: "tạm dừng: vừa khôi phục từ bản sao lưu", EN: "paused: it came from a backup"},
	}[w.Cause].In(a.lang)
	if w.Cause == "" && w.RestUntil != nil {
		state += fmt.Sprintf(a.say(", nghỉ đến %s sau %d lần hỏng", ", resting until %s after %d failures"), w.RestUntil.Local().Format(time.DateTime), w.Failures)
	}
	return state
}

func (a *app) webhookShowCommand() *cobra.Command {
	limit := 20
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "How a webhook stands, with the newest of its delivery log",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 1 || limit > 10_000 {
				return &usageError{domain.Text{VI: "--limit là từ 1 đến 10000", EN: "--limit is from 1 to 10000"}}
			}
			return a.withWebhooks(cmd.Context(), args[0], func(p *place, hooks *webhooks.Webhooks) error {
				return a.showWebhook(cmd.Context(), p, hooks, args[0], limit)
			})
		},
	}
	cmd.Flags().IntVar(&limit, "limit", limit, "so many rows of the delivery log, which goes back two weeks")
	return cmd
}

func (a *app) showWebhook(ctx context.Context, p *place, hooks *webhooks.Webhooks, name string, limit int) error {
	last, err := p.log.Last(ctx)
	if err != nil {
		return err
	}
	e, err := hooks.Find(ctx, name)
	if err != nil {
		return err
	}
	rows, err := hooks.Attempts(ctx, name, limit)
	if err != nil {
		return err
	}
	answer := answerOf(e, last)
	for _, r := range rows {
		answer.Attempts = append(answer.Attempts, attemptAnswer{r.Position, r.EventID, r.At, r.TookMS, r.Status, r.Outcome, r.Fault})
	}
	if a.json {
		return a.answer(answer)
	}
	a.printf("Webhook %s: %s", "Webhook %s: %s", name, a.webhookState(answer))
	a.printf("  Gửi đến: %s", "  To: %s", answer.URL)
	if answer.Season != "" || len(answer.Types) > 0 {
		a.printf("  Chỉ: %s %s", "  Only: %s %s", answer.Season, strings.Join(answer.Types, " "))
	}
	a.printf("  Sổ đã xem đến vị trí %d (còn %d); đang chờ %d, đã bỏ cuộc %d", "  The log was looked at up to position %d (%d behind); %d waiting, %d dead",
		answer.Position, answer.Behind, answer.Waiting, answer.Dead)
	table := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, r := range answer.Attempts {
		position := "-"
		if r.Position != nil {
			position = "#" + strconv.FormatUint(*r.Position, 10)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d ms\n", r.At.Local().Format(time.DateTime), position, r.ID, a.outcome(r.Outcome, r.Status, r.Fault), r.Millis)
	}
	return table.Flush()
}

// outcome says what became of an attempt.
func (a *app) outcome(outcome string, status int, fault string) string {
	text := map[string]domain.Text{
		"delivered": {VI: "đã nhận", EN: "delivered"}, "failed": {VI: "không nhận", EN: "failed"}, "gone": {VI: "không còn nhận", EN: "gone"},
		"dead": {VI: "bỏ cuộc", EN: "dead"}, "skipped": {VI: "bỏ qua", EN: "skipped"},
	}[outcome].In(a.lang)
	if status > 0 {
		text += " " + strconv.Itoa(status)
	}
	why := map[string]domain.Text{
		"address": {VI: "địa chỉ không được phép", EN: "the address is not allowed"}, "name": {VI: "không tìm thấy tên máy", EN: "its name leads nowhere"},
		"connect": {VI: "không kết nối được", EN: "it can't be reached"}, "tls": {VI: "chứng thư hoặc TLS sai", EN: "its certificate or TLS is wrong"},
		"timeout": {VI: "không trả lời kịp", EN: "it did not answer in time"}, "cut": {VI: "kết nối bị ngắt", EN: "the connection broke"},
		"given-up": {VI: "người vận hành bỏ qua", EN: "given up by an operator"},
	}[fault].In(a.lang)
	if why != "" {
		text += ": " + why
	}
	return text
}

func (a *app) webhookTestCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "test NAME",
		Short: "Send a signed message that is no event, from this machine and at once; the answer is “no” (code 3) where it is not taken",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withWebhooks(cmd.Context(), args[0], func(_ *place, hooks *webhooks.Webhooks) error { return a.testWebhook(cmd.Context(), hooks, args[0]) })
		},
	}
}

func (a *app) testWebhook(ctx context.Context, hooks *webhooks.Webhooks, name string) error {
	r, err := hooks.Test(ctx, name, "test-"+strings.ToLower(rand.Text()))
	if err != nil {
		return err
	}
	if a.json {
		err = a.answer(attemptAnswer{r.Position, r.EventID, r.At, r.TookMS, r.Status, r.Outcome, r.Fault})
	} else {
		a.printf("%s (%d ms)", "%s (%d ms)", a.outcome(r.Outcome, r.Status, r.Fault), r.TookMS)
	}
	if err == nil && r.Outcome != "delivered" {
		err = errNo
	}
	return err
}
