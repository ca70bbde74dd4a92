package domain_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
)

func TestRegisterUnit(t *testing.T) {
	given(register("union", "")).when(register("north", "union")).then(t, &domain.UnitRegistered{
		Name: domain.Names{VI: "Đơn vị north", EN: "Unit north"}, Level: "tỉnh", Parent: "union", Code: "C-north",
	})
	given(register("union", ""), register("north", "union")).tries(t, []trial{
		{"another at the top", register("south", ""), accepted},
		{"below a unit that has a parent", register("district", "north"), accepted},
		{"twice", register("north", "union"), "contradiction unit"},
		{"below a unit that is not registered", register("district", "south"), "unit-listed parent"},
		{"below itself", register("district", "district"), "unit-cycle parent"},
	})
}

// In a list of units a parent may come after its child; a cycle is told of each unit that is in it, not of those that hang on it.
func TestUnitsTogether(t *testing.T) {
	for _, tt := range []struct {
		name  string
		units []domain.Command
		want  string
	}{
		{"the child first", []domain.Command{register("north", "union"), register("union", "")}, accepted},
		{"two above each other", []domain.Command{register("a", "b"), register("b", "a")}, "unit-cycle parent, unit-cycle parent"},
		{"one below a cycle", []domain.Command{register("a", "b"), register("b", "b"), register("c", "a")}, "unit-cycle parent"},
		{"two without their parent", []domain.Command{register("a", "z"), register("b", "a")}, "unit-listed parent"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(breaches(tt.want), together(t, tt.units...)); diff != "" {
				t.Errorf("breaches (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRegisterPerson(t *testing.T) {
	c := domain.RegisterPerson{Ref: "p-1", PersonRegistered: domain.PersonRegistered{Account: text("lan"), Name: text("Nguyễn Thị Lan")}}
	given().when(c).then(t, &c.PersonRegistered)

	w := given(c).world(t)
	want := map[string]*domain.Person{"p-1": {Ref: "p-1", PersonRegistered: c.PersonRegistered}}
	if diff := cmp.Diff(want, w.Persons, exact()...); diff != "" {
		t.Errorf("persons (-want +got):\n%s", diff)
	}
}
