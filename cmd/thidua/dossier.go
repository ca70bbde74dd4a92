package main

import "github.com/spf13/cobra"

func (a *app) dossierCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dossier",
		Short: "A season's record in a file that proves itself",
	}
	cmd.AddCommand(a.dossierVerifyCommand())
	return cmd
}
