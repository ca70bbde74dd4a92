package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"thidua/contract"
	"thidua/domain"
)

func (a *app) eventsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "events",
		Short: "The events of the record, for whoever builds on them, and their contract",
		Args:  cobra.NoArgs,
	}
	cmd.AddCommand(a.eventsSchemaCommand(), a.eventsValidateCommand(), a.eventsExportCommand(), a.eventsTailCommand())
	return cmd
}

func (a *app) eventsSchemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema [TYPE]",
		Short: "List the event types, or print the JSON Schema of one",
		Long: "List the event types, or print the JSON Schema (2020-12) of one: of the whole event, with that of its data within.\n" +
			"TYPE is the type, as in vn.thidua.indicator.reported.v1, or its words alone, as in indicator.reported, for its newest version. It needs no data.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			promised, err := contract.New()
			if err != nil {
				return err
			}
			if len(args) == 1 {
				return a.showSchema(promised, args[0])
			}
			return a.listTypes(promised)
		},
	}
}

func (a *app) showSchema(promised *contract.Contract, name string) error {
	t, ok := promised.Find(name)
	if !ok {
		return &failure{domain.Text{
			VI: fmt.Sprintf("%q không phải là loại sự kiện có trong hợp đồng; xem danh sách: thidua events schema", name),
			EN: fmt.Sprintf("%q is no event type of the contract; for the list: thidua events schema", name),
		}}
	}
	_, err := a.out.Write(t.Schema)
	return err
}

func (a *app) listTypes(promised *contract.Contract) error {
	types := promised.Types()
	if a.json {
		return a.answer(struct {
			Types []contract.Type `json:"types"`
		}{types})
	}
	table := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, a.say("Loại\tMô tả (tiếng Anh, như trong hợp đồng)", "Type\tDescription"))
	for _, t := range types {
		fmt.Fprintf(table, "%s\t%s\n", t.Type, t.Description)
	}
	return table.Flush()
}
