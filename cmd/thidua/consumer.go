package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/nats-io/nkeys"
	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/eventlog"
)

func (a *app) consumerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "consumer",
		Short: "Who reads the events over NATS: each has a durable consumer and a key of their own",
		Long: "Who reads the events over NATS. Each has a durable consumer, which remembers how far they are, and a key, which opens nothing else.\n" +
			"“thidua up --analyst-listen” lets them in; on other NATS servers this needs the administrator's credentials (docs/subscribing.md).",
		Args: cobra.NoArgs,
	}
	cmd.AddCommand(a.consumerAddCommand(), a.consumerListCommand(), a.consumerShowCommand(), a.consumerRemoveCommand())
	return cmd
}

// wanted is what `consumer add` was asked for.
type wanted struct {
	filters []string
	since   uint64
	key     string
}

func (a *app) consumerAddCommand() *cobra.Command {
	var w wanted
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Make a consumer and its key, and print the secret half of the key, once",
		Long: "Make a consumer and its key, and print the secret half of the key, once: only the public half is kept.\n" +
			"Name a body, such as so-noi-vu, and not a person. A running server lets the analyst in at once.\n" +
			"season=ID and type=TYPE together are one filter; without a filter all events come.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.addConsumer(cmd.Context(), args[0], w) },
	}
	cmd.Flags().StringArrayVar(&w.filters, "filter", nil, "which events: season=ID, type=TYPE as in indicator.reported, or subject=FILTER of NATS")
	cmd.Flags().Uint64Var(&w.since, "since", 0, "begin behind this position")
	cmd.Flags().StringVar(&w.key, "public-key", "", "a public nkey (U…) that the analyst has, instead of a new one")
	return cmd
}

// consumerAnswer is a consumer in JSON.
type consumerAnswer struct {
	Name      string          `json:"name"`
	Stream    string          `json:"stream"`
	Consumer  string          `json:"consumer"`
	Filter    string          `json:"filter"`
	Since     domain.Position `json:"since"`
	PublicKey string          `json:"public_key"`
	Seed      string          `json:"seed,omitempty"` // the secret half, once
	Acked     domain.Position `json:"acked"`
	Unacked   int             `json:"unacked"`
	Waiting   uint64          `json:"waiting"`
	Server    string          `json:"server,omitempty"` // where it is known
}

func (a *app) consumerAnswer(p eventlog.Progress) consumerAnswer {
	return consumerAnswer{
		Name: p.Name, Stream: eventlog.StreamName, Consumer: p.Consumer(), Filter: p.Filter, Since: p.After, PublicKey: p.Key,
		Acked: p.Acked, Unacked: p.Unacked, Waiting: p.Waiting, Server: a.analystServer(),
	}
}

// analystServer is where analysts come in by a running server on the data directory, "" where that can't be known.
func (a *app) analystServer() string {
	if a.natsURL != "" {
		return ""
	}
	s, err := a.readServer()
	if err != nil {
		return ""
	}
	return s.Analysts
}

// subscribers opens the place and asks.
func (a *app) subscribers(ctx context.Context, ask func(*place) error) error {
	return a.inPlace(ctx, "consumer", ask)
}

func (a *app) addConsumer(ctx context.Context, name string, w wanted) error {
	s := eventlog.Subscription{Name: name, After: w.since, Key: w.key}
	if !eventlog.NameOfSubscription(name) {
		return &usageError{domain.Text{
			VI: "tên gồm tối đa 32 chữ thường không dấu, chữ số và gạch nối, ví dụ so-noi-vu",
			EN: "a name has at most 32 small letters, digits and hyphens, such as so-noi-vu",
		}}
	}
	var err error
	if s.Filter, err = subjectFilter(w.filters); err != nil {
		return err
	}
	var seed string
	switch {
	case s.Key == "":
		if s.Key, seed, err = newKey(); err != nil {
			return err
		}
	case !nkeys.IsValidPublicUserKey(s.Key):
		return &usageError{domain.Text{
			VI: "--public-key là khóa nkey công khai của người dùng, bắt đầu bằng U",
			EN: "--public-key is the public nkey of a user, which begins with U",
		}}
	}
	return a.subscribers(ctx, func(p *place) error {
		last, err := p.log.Last(ctx)
		if err != nil {
			return err
		}
		if s.After > last {
			return &usageError{domain.Text{
				VI: fmt.Sprintf("--since %d: sổ sự kiện mới đến vị trí %d", s.After, last), EN: fmt.Sprintf("--since %d: the log is only at position %d", s.After, last),
			}}
		}
		if err := p.log.Subscribe(ctx, s); err != nil {
			return consumerFault(s.Name, err)
		}
		return a.showAdded(s, seed)
	})
}

func newKey() (public, seed string, err error) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return "", "", err
	}
	secret, err := pair.Seed()
	if err != nil {
		return "", "", err
	}
	public, err = pair.PublicKey()
	return public, string(secret), err
}

// consumerFault says what went wrong with a consumer in words that help.
func consumerFault(name string, err error) error {
	switch {
	case errors.Is(err, eventlog.ErrSubscribed):
		return &failure{domain.Text{
			VI: "Đã có consumer tên " + name + " hoặc dùng khóa này. Xem: thidua consumer list; bỏ cái cũ: thidua consumer remove TÊN",
			EN: "There is a consumer of the name " + name + " or with this key already. See: thidua consumer list; to take the old one away: thidua consumer remove NAME",
		}}
	case errors.Is(err, eventlog.ErrNoSubscription):
		return noConsumer(name)
	case errors.Is(err, eventlog.ErrSubscriptions):
		return &failure{domain.Text{
			VI: "Số consumer đã đến giới hạn. Hãy bỏ những cái không dùng nữa: thidua consumer list, thidua consumer remove TÊN",
			EN: "There are as many consumers as there can be. Take away those that nobody uses: thidua consumer list, thidua consumer remove NAME",
		}}
	default:
		return err
	}
}

func noConsumer(name string) error {
	return &failure{domain.Text{
		VI: "Không có consumer tên " + name + ". Xem danh sách: thidua consumer list",
		EN: "There is no consumer of the name " + name + ". For the list: thidua consumer list",
	}}
}

// showAdded gives the secret half of the key on stdout and what to do with it on stderr, so that a file can take the one alone.
func (a *app) showAdded(s eventlog.Subscription, seed string) error {
	answer := a.consumerAnswer(eventlog.Progress{Subscription: s})
	answer.Seed = seed
	if a.json {
		return a.answer(answer)
	}
	if seed != "" {
		a.printf("%s", "%s", seed)
		a.tell("Khóa bí mật trên chỉ hiện một lần. Hãy trao cho %s bằng đường an toàn, để trong tệp %s.nk (quyền 600).",
			"The secret key above is shown once. Give it to %s in a safe way, for a file %s.nk that nobody else can read (mode 600).", s.Name, s.Name)
	}
	server := cmp.Or(answer.Server, "nats://HOST:4222")
	a.tell("Consumer %s của stream %s đã sẵn sàng. Đọc thử bằng chương trình nats:\n  nats --server %s --nkey %s.nk consumer next %s %s --count 10",
		"The consumer %s of the stream %s is there. To try it with the program nats:\n  nats --server %s --nkey %s.nk consumer next %s %s --count 10",
		answer.Consumer, answer.Stream, server, s.Name, answer.Stream, answer.Consumer)
	switch {
	case a.natsURL != "":
		a.tell("Máy chủ NATS còn phải biết người phân tích này: thidua consumer show %s --nats-config",
			"The NATS servers have yet to know this analyst: thidua consumer show %s --nats-config", s.Name)
	case answer.Server == "":
		a.tell("Hiện chưa có cửa vào cho người phân tích: thidua up --analyst-listen 127.0.0.1:4222",
			"There is no way in for analysts yet: thidua up --analyst-listen 127.0.0.1:4222")
	}
	return nil
}

func (a *app) consumerListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "The consumers, and how far each is", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.subscribers(cmd.Context(), func(p *place) error { return a.listConsumers(cmd.Context(), p) })
		},
	}
}

func (a *app) listConsumers(ctx context.Context, p *place) error {
	all, err := p.log.Subscriptions(ctx)
	if err != nil {
		return err
	}
	if a.json {
		answers := []consumerAnswer{}
		for _, s := range all {
			answers = append(answers, a.consumerAnswer(s))
		}
		return a.answer(map[string][]consumerAnswer{"consumers": answers})
	}
	if len(all) == 0 {
		a.printf("Chưa có consumer nào.", "There are no consumers.")
		return nil
	}
	table := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, a.say("Tên\tBộ lọc\tĐã xác nhận đến\tChưa xác nhận\tCòn lại", "Name\tFilter\tAcknowledged to\tUnacknowledged\tWaiting"))
	for _, s := range all {
		fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%d\n", s.Name, s.Filter, s.Acked, s.Unacked, s.Waiting)
	}
	return table.Flush()
}

func (a *app) consumerRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Short: "Take a consumer and its key back, at once", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.subscribers(cmd.Context(), func(p *place) error {
				if err := p.log.Unsubscribe(cmd.Context(), args[0]); err != nil {
					return consumerFault(args[0], err)
				}
				a.tell("Đã bỏ consumer %s.", "The consumer %s is gone.", args[0])
				if a.natsURL != "" {
					a.tell("Hãy bỏ cả tài khoản của nó khỏi cấu hình các máy chủ NATS.", "Take its account out of the configuration of the NATS servers, too.")
				}
				return nil
			})
		},
	}
}
