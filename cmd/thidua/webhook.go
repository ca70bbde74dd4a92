package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"time"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/web"
	"thidua/workers/webhooks"
)

func (a *app) webhookCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "webhook",
		Short: "To whom the events are delivered over HTTP, signed (Standard Webhooks)",
		Long: "To whom the events are delivered over HTTP, signed (Standard Webhooks): each event as it lies on the log, at least once, in order within each stream.\n" +
			"“thidua up” and “thidua work” deliver. How a receiver checks a signature, and what happens when it does not answer, is in docs/webhooks.md.",
		Args: cobra.NoArgs,
	}
	cmd.AddCommand(
		a.webhookAddCommand(), a.webhookListCommand(), a.webhookShowCommand(), a.webhookTestCommand(), a.webhookRedeliverCommand(), a.webhookRotateCommand(),
		a.webhookPauseCommand(), a.webhookResumeCommand(), a.webhookRemoveCommand(),
	)
	return cmd
}

// webhooks are the endpoints of a place.
func (a *app) webhooks(p *place) *webhooks.Webhooks {
	return webhooks.New(webhooks.Config{
		Log: p.log, DB: p.db, Now: a.now, Rand: rand.Reader, Jitter: mathrand.N[time.Duration], Logger: a.log, Observe: a.meters.Webhook,
	})
}

// webhookFigures counts the webhooks and what waits at them.
func (a *app) webhookFigures(ctx context.Context, p *place) (*web.WebhookFigures, error) {
	all, err := a.webhooks(p).List(ctx)
	if err != nil {
		return nil, err
	}
	f := &web.WebhookFigures{}
	for _, e := range all {
		switch {
		case !e.Paused():
			f.Active++
		case e.Cause == "asked":
			f.Paused++
		default:
			f.Stopped++
		}
		f.Waiting += e.Waiting
	}
	return f, nil
}

// withWebhooks opens the place and asks its webhooks. What is asked about one that there is not is answered so.
func (a *app) withWebhooks(ctx context.Context, name string, ask func(*place, *webhooks.Webhooks) error) error {
	return a.inPlace(ctx, "webhook", sound(func(p *place) error {
		hooks := a.webhooks(p)
		if name != "" {
			if _, err := hooks.Find(ctx, name); errors.Is(err, domain.ErrNotFound) {
				return &notFound{failure{domain.Text{
					VI: fmt.Sprintf("Không có webhook %q. Xem danh sách: thidua webhook list", name), EN: fmt.Sprintf("There is no webhook %q. For the list: thidua webhook list", name),
				}}, err}
			} else if err != nil {
				return err
			}
		}
		return ask(p, hooks)
	}))
}

func (a *app) webhookAddCommand() *cobra.Command {
	var e webhooks.Endpoint
	cmd := &cobra.Command{
		Use:   "add URL",
		Short: "Deliver events to a URL, and print the secret that they are signed with, once",
		Long: "Deliver events to a URL, and print the secret that they are signed with, once. Events come from now on, or from behind --since.\n" +
			"Only https, and only to a public address, is sent, unless --allow-private is given. Name a body or a system, such as so-noi-vu, and not a person.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			e.URL = args[0]
			return a.addWebhook(cmd.Context(), e, cmd.Flags().Changed("since"))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&e.Name, "name", "", "its name (default: made of the host)")
	flags.StringArrayVar((*[]string)(&e.Types), "type", nil, "only events of this type, such as award.granted; may be given several times")
	flags.StringVar(&e.Season, "season", "", "only events of this season (_: of none)")
	flags.Uint64Var(&e.Position, "since", 0, "from behind this position, 0 for all events (default: the end of the log)")
	flags.BoolVar(&e.AllowPrivate, "allow-private", false, "the address may be one of this machine or of a network of one's own, and the scheme http")
	return cmd
}

func (a *app) addWebhook(ctx context.Context, e webhooks.Endpoint, since bool) error {
	return a.withWebhooks(ctx, "", func(p *place, hooks *webhooks.Webhooks) error {
		last, err := p.log.Last(ctx)
		if err != nil {
			return err
		}
		if !since {
			e.Position = last
		}
		if e.Position > last {
			return &failure{beyond(e.Position, last)}
		}
		name, secret, err := hooks.Add(ctx, e)
		if err != nil {
			return err
		}
		if a.json {
			return a.answer(secretAnswer{Webhook: name, Secret: secret, Since: &e.Position})
		}
		a.printf("%s", "%s", secret)
		a.tell("Webhook %s: gửi các sự kiện sau vị trí %d. Khóa bí mật này chỉ hiện một lần; hãy trao cho bên nhận bằng đường an toàn. Thử: thidua webhook test %[1]s",
			"Webhook %s: events behind position %d are delivered. This secret is shown once; hand it to the receiver by a safe way. To try it: thidua webhook test %[1]s", name, e.Position)
		if p.private {
			a.tell("Sự kiện được gửi khi “thidua up” chạy.", "Events are delivered while “thidua up” runs.")
		}
		return nil
	})
}

// secretAnswer is the form of `webhook add --json` and `webhook rotate --json`.
type secretAnswer struct {
	Webhook string           `json:"webhook"`
	Secret  string           `json:"secret"`
	Since   *domain.Position `json:"since,omitempty"`
	// Previous is until when the secret before it signs too.
	Previous *time.Time `json:"previous_until,omitempty"`
}
