package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"thidua/access"
	"thidua/domain"
)

// The longest that a token may serve, and how long it serves where nobody says.
const (
	tokenDays    = 365
	mostDays     = 3650
	dateAndClock = "2006-01-02 15:04"
)

func (a *app) tokenCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "token", Short: "Who may read the events over HTTP", Args: cobra.NoArgs}
	cmd.AddCommand(a.tokenAddCommand(),
		&cobra.Command{
			Use: "list", Short: "Who has a token, for what and until when", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return a.listTokens(cmd.Context()) },
		},
		&cobra.Command{
			Use: "revoke NAME", Short: "Take a token back; a stream that is read with it ends within half a minute", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error { return a.revokeToken(cmd.Context(), args[0], "") },
		},
	)
	return cmd
}

func (a *app) tokenAddCommand() *cobra.Command {
	var scope string
	var days int
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Make a token and print it, once",
		Long: "Make a token and print it, once: only its digest is kept. It is sent in the header Authorization: Bearer.\n" +
			"The scope events lets /api/v1/events be read, the scope log the events of the sealed log at /log/. Name a body or a system, such as phong-phan-tich, and not a person.\n" +
			"A running server takes it at once.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(access.Scopes(), access.Scope(scope)) {
				return &usageError{domain.Text{VI: fmt.Sprintf("--scope là một trong: %v", access.Scopes()), EN: fmt.Sprintf("--scope is one of: %v", access.Scopes())}}
			}
			if days < 1 || days > mostDays {
				return &usageError{domain.Text{VI: fmt.Sprintf("--days là từ 1 đến %d", mostDays), EN: fmt.Sprintf("--days is from 1 to %d", mostDays)}}
			}
			expires := a.now().AddDate(0, 0, days).UTC().Truncate(time.Second)
			return a.addToken(cmd.Context(), access.Token{Name: args[0], Scope: access.Scope(scope), Expires: &expires})
		},
	}
	cmd.Flags().StringVar(&scope, "scope", string(access.Events), "what may be read: events or log")
	cmd.Flags().IntVar(&days, "days", tokenDays, "how long it serves")
	return cmd
}

func (a *app) addToken(ctx context.Context, t access.Token) error {
	if !regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,62}$`).MatchString(t.Name) {
		return &usageError{domain.Text{
			VI: "tên gồm chữ thường không dấu, chữ số, dấu chấm và gạch nối, ví dụ thanh-tra-tinh",
			EN: "a name has small letters, digits, dots and hyphens, such as thanh-tra-tinh",
		}}
	}
	secret := rand.Text()
	t.Made = a.now().UTC()
	err := a.overTokens(ctx, func(p *place) error { return access.Add(ctx, p.db, t, secret) })
	if errors.Is(err, domain.ErrConflict) {
		return &failure{domain.Text{
			VI: t.Name + " đã có mã. Hãy thu hồi mã cũ trước: thidua token revoke " + t.Name,
			EN: t.Name + " has a token already. Take the old one back first: thidua token revoke " + t.Name,
		}}
	}
	if err != nil {
		return err
	}
	if a.json {
		return a.answer(struct {
			access.Token
			Secret string `json:"token"`
		}{t, secret})
	}
	a.printf("%s", "%s", secret)
	a.tell("Mã này chỉ hiện một lần. Hãy trao cho %s bằng đường an toàn.", "This token is shown once. Give it to %s in a safe way.", t.Name)
	return nil
}

// overTokens opens the place without its log, which may be damaged: tokens do not hang on it.
func (a *app) overTokens(ctx context.Context, do func(*place) error) error {
	a.withoutLog = true
	return a.inPlace(ctx, "token", do)
}

// tokens lists the tokens of a scope, "" for all.
func (a *app) tokens(ctx context.Context, scope access.Scope) (all []access.Token, err error) {
	err = a.overTokens(ctx, func(p *place) (err error) {
		all, err = access.List(ctx, p.db, scope)
		return err
	})
	return all, err
}

func (a *app) listTokens(ctx context.Context) error {
	all, err := a.tokens(ctx, "")
	if err != nil {
		return err
	}
	if a.json {
		return a.answer(map[string][]access.Token{"tokens": all})
	}
	table := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, a.say("Tên\tĐược đọc\tCấp lúc (UTC)\tHết hạn (UTC)", "Name\tMay read\tMade (UTC)\tExpires (UTC)"))
	for _, t := range all {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", t.Name, t.Scope, t.Made.UTC().Format(dateAndClock), a.expiry(t))
	}
	return table.Flush()
}

func (a *app) expiry(t access.Token) string {
	switch {
	case t.Expires == nil:
		return a.say("không", "never")
	case !t.Expires.After(a.now()):
		return t.Expires.UTC().Format(dateAndClock) + a.say(" (đã hết)", " (over)")
	}
	return t.Expires.UTC().Format(dateAndClock)
}

// revokeToken takes back a token of a scope, "" for any.
func (a *app) revokeToken(ctx context.Context, name string, scope access.Scope) error {
	err := a.overTokens(ctx, func(p *place) error { return access.Revoke(ctx, p.db, name, scope) })
	if errors.Is(err, domain.ErrNotFound) {
		return &failure{domain.Text{VI: "Không có mã nào mang tên " + name + ".", EN: "There is no token of the name " + name + "."}}
	}
	return err
}

// admits judges tokens of a scope for the servers of a place.
func (a *app) admits(p *place, scope access.Scope) func(context.Context, string) (string, error) {
	return func(ctx context.Context, secret string) (string, error) {
		return access.Holder(ctx, p.db, secret, scope, a.now())
	}
}
