package main

import (
	"fmt"
	"log/slog"
	"regexp"
	"time"

	"github.com/nats-io/nats.go"

	"thidua/domain"
)

// dialNATS connects to a server that runs elsewhere. What happens to the connection later is told in the log.
func (a *app) dialNATS(address string, options ...nats.Option) (*nats.Conn, error) {
	options = append(attentive(linePatience), options...)
	options = append(options,
		nats.Name("thidua"),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil { // else it was closed by us
				a.log.Warn("NATS is away", slog.Any("error", err))
			}
		}),
		nats.ReconnectHandler(func(nc *nats.Conn) { a.log.Warn("NATS is back", slog.String("server", nc.ConnectedUrlRedacted())) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			a.log.Warn("NATS refuses something", slog.Any("error", err))
		}),
	)
	if a.natsCreds != "" {
		options = append(options, nats.UserCredentials(a.natsCreds))
	}
	nc, err := nats.Connect(address, options...)
	if err != nil {
		why := concealed(err.Error())
		return nil, &failure{domain.Text{
			VI: fmt.Sprintf("Không kết nối được với NATS: %s. Hãy kiểm tra địa chỉ và xem máy chủ có đang chạy không.", why),
			EN: fmt.Sprintf("NATS can't be reached: %s. Check the address, and whether the server is running.", why),
		}}
	}
	return nc, nil
}

// linePatience is how long a line may let nothing through before it is given up and another one is made.
const linePatience = 30 * time.Second

// attentive has a connection notice in that time that nothing comes through although the line stays open: when it has asked twice and nobody has answered,
// or when it can't get rid of what it has to say.
func attentive(patience time.Duration) []nats.Option {
	const asks = 2
	return []nats.Option{
		nats.PingInterval(patience / (asks + 1)), nats.MaxPingsOutstanding(asks),
		nats.FlusherTimeout(patience), nats.ReconnectOnFlusherError(),
	}
}

// concealed is a text without the users and passwords of the addresses that it quotes, whether as a URL or as the words of a DSN.
func concealed(text string) string {
	text = regexp.MustCompile(`://[^\s"]*@`).ReplaceAllString(text, "://…@")
	return regexp.MustCompile(`password=('[^']*'|[^\s"]*)`).ReplaceAllString(text, "password=…")
}
