package domain

// A unit is a body of the Union. Its id is for ever; its name, level, parent and code are dated attributes, which later event types will
// change. Rules (spec "bundle", 1 and 2): a unit is registered once; its parent is registered; parents make no cycle.

// Unit is the state of one organisational unit.
type Unit struct {
	ID string
	UnitRegistered
	Position Position
}

// Names is a name in Vietnamese and, where there is one, in English. Names of bodies are not personal.
type Names struct {
	VI string `json:"vi"`           // in Vietnamese
	EN string `json:"en,omitempty"` // in English
}

// UnitRegistered puts a unit on the register.
type UnitRegistered struct {
	Name   Names  `json:"name"`             // the body's name
	Level  string `json:"level"`            // its level, such as "province"
	Parent string `json:"parent,omitempty"` // the id of the unit above it
	Code   string `json:"code,omitempty"`   // its official code
}

// Words is the type's name on the log.
func (*UnitRegistered) Words() string { return "unit.registered" }

// RegisterUnit puts a unit on the register.
type RegisterUnit struct {
	Unit string
	UnitRegistered
}

// Streams are the unit's own and its parent's.
func (c RegisterUnit) Streams() []Stream {
	streams := []Stream{UnitStream(c.Unit)}
	if c.Parent != "" {
		streams = append(streams, UnitStream(c.Parent))
	}
	return streams
}

// Changes registers the unit.
func (c RegisterUnit) Changes(*World) []Change {
	return []Change{{Stream: UnitStream(c.Unit), Event: &c.UnitRegistered}}
}

func (w *World) evolveUnit(r Recorded) {
	if e, ok := r.Event.(*UnitRegistered); ok {
		w.Units[r.Stream.Unit] = &Unit{ID: r.Stream.Unit, UnitRegistered: *e, Position: r.Position}
	}
}

func (w *World) checkUnit(id string, e *UnitRegistered) (ps Problems) {
	if w.Version(UnitStream(id)) > 1 {
		ps = append(ps, problem(RuleContradiction, "unit", "đơn vị %s đã được đăng ký", "unit %s is already registered", id))
	}
	if e.Parent == "" {
		return ps
	}
	if w.Units[e.Parent] == nil {
		return append(ps, problem(RuleUnitListed, "parent", "đơn vị cấp trên %s của %s chưa có trong danh sách đơn vị; hãy thêm dòng của đơn vị đó",
			"the parent %s of %s is not in the list of units; add its row", e.Parent, id))
	}
	if w.ancestor(id, e.Parent) {
		ps = append(ps, problem(RuleUnitCycle, "parent", "đơn vị %s là cấp trên của chính mình; hãy sửa cột parent",
			"unit %s is its own ancestor; correct the column parent", id))
	}
	return ps
}

// ancestor reports whether id is met on the way up from start. The walk is bounded by the number of units, so that a cycle which id is
// not part of ends it too.
func (w *World) ancestor(id, start string) bool {
	at := start
	for range len(w.Units) + 1 {
		if at == id {
			return true
		}
		unit := w.Units[at]
		if unit == nil || unit.Parent == "" {
			return false
		}
		at = unit.Parent
	}
	return false
}
