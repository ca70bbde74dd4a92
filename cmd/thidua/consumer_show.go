package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/eventlog"
)

func (a *app) consumerShowCommand() *cobra.Command {
	var config bool
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "How a consumer stands, or its account for the configuration of NATS servers",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.subscribers(cmd.Context(), func(p *place) error { return a.showConsumer(cmd.Context(), p, args[0], config) })
		},
	}
	cmd.Flags().BoolVar(&config, "nats-config", false, "print the analyst's account as it must stand in analysts.conf of the NATS servers (deploy/nats)")
	return cmd
}

func (a *app) showConsumer(ctx context.Context, p *place, name string, config bool) error {
	all, err := p.log.Subscriptions(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(s eventlog.Progress) bool { return s.Name == name })
	if i < 0 {
		return noConsumer(name)
	}
	s := all[i]
	if config {
		_, err := fmt.Fprint(a.out, accountConfig(s.Subscription))
		return err
	}
	if a.json {
		return a.answer(a.consumerAnswer(s))
	}
	a.printf("%s: stream %s, consumer %s, bộ lọc %s, từ sau vị trí %d, khóa %s",
		"%s: stream %s, consumer %s, filter %s, from behind position %d, key %s", s.Name, eventlog.StreamName, s.Consumer(), s.Filter, s.After, s.Key)
	a.printf("Đã xác nhận đến vị trí %d; đã đưa nhưng chưa xác nhận %d; còn lại %d.",
		"Acknowledged to position %d; given and not acknowledged %d; waiting %d.", s.Acked, s.Unacked, s.Waiting)
	return nil
}

// accountConfig is the analyst's account in the language of nats-server's configuration: a user who proves himself by his key, and the few services
// of the account that holds the streams. Connections and what one message can carry are limited. The first import, which the user may not use, is there
// because the server would else give the account streams of its own to ask about.
func accountConfig(s eventlog.Subscription) string {
	const services = "    { service: { account: RECORD, subject: %q } }\n"
	var imports strings.Builder
	fmt.Fprintf(&imports, services, "$JS.API.INFO")
	var may []string
	for _, service := range s.Services() {
		may = append(may, fmt.Sprintf("%q", service.Subject))
		fmt.Fprintf(&imports, services, service.Subject)
	}
	return fmt.Sprintf("%s {\n  limits { max_connections: 8, max_subscriptions: 100, max_payload: 65536 }\n"+
		"  users: [ { nkey: %s, permissions: { publish: [%s], subscribe: \"_INBOX.>\" } } ]\n  imports: [\n%s  ]\n}\n",
		s.Consumer(), s.Key, strings.Join(may, ", "), imports.String())
}

// subjectFilter makes the one subject filter of what was asked for.
func subjectFilter(filters []string) (string, error) {
	season, event, whole := "", "", ""
	for _, f := range filters {
		name, value, _ := strings.Cut(f, "=")
		into := map[string]*string{"season": &season, "type": &event, "subject": &whole}[name]
		if into == nil || value == "" || *into != "" || name == "season" && strings.ContainsAny(value, ".*>") {
			return "", wrongFilter(f)
		}
		*into = value
	}
	if whole != "" {
		if season != "" || event != "" || !eventlog.FilterOfEvents(whole) {
			return "", wrongFilter("subject=" + whole)
		}
		return whole, nil
	}
	filter := domain.SubjectRoot + ".>"
	if season != "" {
		filter = domain.SeasonFilter(season)
	}
	if event != "" {
		words, ok := wordsOf(event)
		if !ok {
			return "", &usageError{domain.Text{
				VI: fmt.Sprintf("%q không phải là loại sự kiện; xem danh sách: thidua events schema", event),
				EN: fmt.Sprintf("%q is no event type; for the list: thidua events schema", event),
			}}
		}
		filter = strings.TrimSuffix(filter, ">") + strings.Repeat("*.", 4-strings.Count(filter, ".")+1) + strings.ReplaceAll(words, ".", "-")
	}
	if !eventlog.FilterOfEvents(filter) {
		return "", wrongFilter("season=" + season)
	}
	return filter, nil
}

// wordsOf finds the words of an event type by them, or by the whole type. A subject has no version, so each version of the type comes.
func wordsOf(name string) (string, bool) {
	for _, k := range domain.Catalogue() {
		if name == k.Words || name == k.Type() {
			return k.Words, true
		}
	}
	return "", false
}

func wrongFilter(given string) error {
	return &usageError{domain.Text{
		VI: fmt.Sprintf("--filter %s: mỗi loại dùng một lần, season=MÃ và type=LOẠI có thể đi cùng nhau; subject=BỘ-LỌC của NATS thì đi một mình và bắt đầu bằng emulation.", given),
		EN: fmt.Sprintf("--filter %s: season=ID and type=TYPE, each once, can go together; subject=FILTER of NATS goes alone and begins with emulation.", given),
	}}
}
