package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/lib/pq"
	"github.com/spf13/cobra"

	"thidua/analytics"
	"thidua/domain"
)

func (a *app) analystCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "analyst", Short: "Who may read the analytics views in Postgres, and what these hold back"}
	add := &cobra.Command{
		Use:   "add NAME",
		Short: "Make a login that can read the schema analytics and nothing else; its password is shown once",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.analysing(cmd.Context(), "analyst", func(p *place) error { return a.addAnalyst(cmd.Context(), p, args[0]) })
		},
	}
	remove := &cobra.Command{
		Use:   "remove NAME",
		Short: "End an analyst's sessions and remove the login",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.analysing(cmd.Context(), "analyst", func(p *place) error { return a.removeAnalyst(cmd.Context(), p, args[0]) })
		},
	}
	list := &cobra.Command{
		Use:   "list",
		Short: "The analysts, and how many sessions each has open",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.analysing(cmd.Context(), "analyst", func(p *place) error { return a.listAnalysts(cmd.Context(), p) })
		},
	}
	rights := &cobra.Command{
		Use:   "rights",
		Short: "The statements that make the role of the analysts, for the superuser of an external Postgres",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			fmt.Fprint(a.out, analytics.Rights)
			return nil
		},
	}
	cmd.AddCommand(add, remove, list, rights, a.sensitiveCommand())
	return cmd
}

// analystAnswer is the answer of `analyst add --json`.
type analystAnswer struct {
	Name     string   `json:"name"`
	Password string   `json:"password"`
	Host     string   `json:"host"` // a directory where it is a Unix socket
	Port     int      `json:"port"`
	Database string   `json:"database"`
	Command  string   `json:"command"`
	Gaps     []string `json:"gaps"` // what the role can do beyond reading, empty for nothing
}

func (a *app) addAnalyst(ctx context.Context, p *place, name string) error {
	if !analytics.ValidName(name) {
		return &usageError{domain.Text{
			VI: "Tên phải gồm 2 đến 41 chữ thường a–z, chữ số và dấu _, bắt đầu bằng chữ, và không bắt đầu bằng pg_ hay thidua.",
			EN: "The name is 2 to 41 lower-case letters a–z, digits and _, begins with a letter, and not with pg_ or thidua.",
		}}
	}
	err := analytics.Prepare(ctx, p.db)
	if errors.Is(err, analytics.ErrNoRight) {
		return mayNotMakeRoles()
	}
	if err != nil {
		return err
	}
	answer, err := reachOf(p.dsn, name)
	if err != nil {
		return err
	}
	if answer.Gaps, err = analytics.Gaps(ctx, p.db); err != nil {
		return err
	}
	answer.Password, err = analytics.Add(ctx, p.db, name, rand.Reader)
	switch {
	case errors.Is(err, domain.ErrConflict):
		return &failure{domain.Text{
			VI: "Trong cơ sở dữ liệu đã có người dùng “" + name + "”. Hãy chọn tên khác, hoặc gỡ bằng “thidua analyst remove”.",
			EN: "There is a role “" + name + "” in the database already. Choose another name, or remove it with “thidua analyst remove”.",
		}}
	case errors.Is(err, analytics.ErrNoRight):
		return mayNotMakeRoles()
	case err != nil:
		return err
	}
	if a.json {
		return a.answer(answer)
	}
	a.showAnalyst(p, answer)
	return nil
}

// reachOf says how a database is reached by another role than the one of a DSN.
func reachOf(dsn, name string) (analystAnswer, error) {
	config, err := pq.NewConfig(dsn)
	if err != nil {
		return analystAnswer{}, err
	}
	answer := analystAnswer{Name: name, Host: config.Host, Port: int(config.Port), Database: config.Database}
	words := fmt.Sprintf("host=%s port=%d dbname=%s user=%s", dsnQuoted(config.Host), config.Port, dsnQuoted(config.Database), name)
	answer.Command = "psql " + shellQuoted(words)
	return answer, nil
}

// dsnQuoted quotes a value of a connection string where it must be (PostgreSQL, libpq, Connection Strings).
func dsnQuoted(value string) string {
	if value != "" && !strings.ContainsAny(value, " '\\") {
		return value
	}
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "'"
}

// shellQuoted quotes a word for a shell.
func shellQuoted(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

func (a *app) showAnalyst(p *place, answer analystAnswer) {
	a.printf("Đã thêm %s. Mật khẩu chỉ hiện một lần này:", "Added %s. The password is shown this once:", answer.Name)
	fmt.Fprintf(a.out, "  %s\n", answer.Password)
	a.printf("Kết nối, và các bảng:", "Connect, and see the tables:")
	fmt.Fprintf(a.out, "  %s\n  \\d+ analytics.*\n", answer.Command)
	if p.private {
		a.tell("Postgres riêng chỉ chạy cùng “thidua up”.", "The private Postgres runs only while “thidua up” does.")
	}
	if len(answer.Gaps) > 0 {
		a.tell("Cảnh báo: ngoài việc đọc, người phân tích còn làm được %d việc, vì chỉ superuser mới cấm được. Hãy nhờ superuser chạy “thidua analyst rights | psql …”:",
			"Warning: besides reading, an analyst can do %d things, which only a superuser can forbid. Have a superuser run “thidua analyst rights | psql …”:", len(answer.Gaps))
		a.tell("  %s", "  %s", strings.Join(answer.Gaps, ", "))
	}
}

func mayNotMakeRoles() error {
	return &failure{domain.Text{
		VI: "Người dùng Postgres của chương trình không có quyền tạo role. Hãy nhờ quản trị Postgres chạy “thidua analyst rights | psql …”, rồi cấp CREATEROLE hoặc tự tạo người đăng nhập IN ROLE thidua_analyst.",
		EN: "The program's role in Postgres may not make roles. Have the administrator of Postgres run “thidua analyst rights | psql …”, and then grant CREATEROLE, or make the login IN ROLE thidua_analyst.",
	}}
}

func (a *app) removeAnalyst(ctx context.Context, p *place, name string) error {
	err := analytics.Remove(ctx, p.db, name)
	switch {
	case errors.Is(err, domain.ErrNotFound):
		return &failure{domain.Text{VI: "Không có người phân tích nào tên “" + name + "”.", EN: "There is no analyst “" + name + "”."}}
	case errors.Is(err, analytics.ErrNoRight):
		return mayNotMakeRoles()
	case err != nil:
		return err
	}
	if a.json {
		return a.answer(map[string]string{"removed": name})
	}
	a.printf("Đã gỡ %s.", "Removed %s.", name)
	return nil
}

func (a *app) listAnalysts(ctx context.Context, p *place) error {
	all, err := analytics.Analysts(ctx, p.db)
	if err != nil {
		return err
	}
	if a.json {
		return a.answer(all)
	}
	if len(all) == 0 {
		a.printf("Chưa có người phân tích nào.", "There is no analyst.")
	}
	for _, analyst := range all {
		a.printf("%s: %d phiên đang mở", "%s: %d sessions open", analyst.Name, analyst.Sessions)
	}
	return nil
}
