package main

import (
	"context"

	"github.com/spf13/cobra"

	"thidua/access"
)

// inspectorCommand is tokens of the scope log by the name that inspectors know. They serve until they are taken back.
func (a *app) inspectorCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "inspector", Short: "Who may read the events of the sealed log over HTTP", Args: cobra.NoArgs}
	cmd.AddCommand(
		&cobra.Command{
			Use:   "add NAME",
			Short: "Make a token for an inspector and print it, once",
			Long: "Make a token for an inspector and print it, once: only its digest is kept. It is sent in the header Authorization: Bearer.\n" +
				"Name a body, such as thanh-tra-tinh, and not a person. A running server takes it at once.",
			Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				return a.addToken(cmd.Context(), access.Token{Name: args[0], Scope: access.Log})
			},
		},
		&cobra.Command{
			Use: "list", Short: "The inspectors that have a token", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return a.listInspectors(cmd.Context()) },
		},
		&cobra.Command{
			Use: "remove NAME", Short: "Take an inspector's token back, at once", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				return a.revokeToken(cmd.Context(), args[0], access.Log)
			},
		},
	)
	return cmd
}

func (a *app) listInspectors(ctx context.Context) error {
	all, err := a.tokens(ctx, access.Log)
	if err != nil {
		return err
	}
	names := []string{}
	for _, t := range all {
		names = append(names, t.Name)
	}
	if a.json {
		return a.answer(map[string][]string{"inspectors": names})
	}
	for _, name := range names {
		a.printf("%s", "%s", name)
	}
	return nil
}
