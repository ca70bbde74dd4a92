package domain

import (
	"fmt"
	"slices"
	"strings"
)

// Wanted says which events a reader of the record wants. The zero value wants all.
type Wanted struct {
	season string   // "" for every season, noSeason for what is of none
	types  []string // CloudEvents types, or their beginning up to and with ".v" for every version; none for all
}

// noSeason stands for the events that are of no season, as in their subjects.
const noSeason = "_"

// NewWanted wants the events of a season ("" for all, "_" for those of none) that are of certain types (none for all). A type is named in full, such as
// "vn.thidua.indicator.reported.v1", or by its words, such as "indicator.reported", for all versions of it. It returns what is wrong with that, nothing
// where all is well.
func NewWanted(season string, types []string) (Wanted, []Text) {
	w := Wanted{season: season}
	var wrong []Text
	if season != "" && season != noSeason {
		if _, err := ParseID(season); err != nil {
			wrong = append(wrong, Text{
				VI: fmt.Sprintf("%q không phải là mã mùa thi đua; “_” là các sự kiện không thuộc mùa nào", shorten(season)),
				EN: fmt.Sprintf("%q is no season's id; “_” is for the events that are of no season", shorten(season)),
			})
		}
	}
	for _, name := range types {
		t, ok := typeNamed(name)
		if !ok {
			wrong = append(wrong, Text{
				VI: fmt.Sprintf("%q không phải là loại sự kiện có trong hợp đồng; xem danh sách: thidua events schema", shorten(name)),
				EN: fmt.Sprintf("%q is no event type of the contract; for the list: thidua events schema", shorten(name)),
			})
		}
		w.types = append(w.types, t)
	}
	return w, wrong
}

// typeNamed finds a released type, or all versions of one.
func typeNamed(name string) (string, bool) {
	for _, k := range Catalogue() {
		switch name {
		case k.Words:
			return TypePrefix + k.Words + ".v", true
		case k.Type(), strings.TrimPrefix(k.Type(), TypePrefix):
			return k.Type(), true
		}
	}
	return "", false
}

// Wants reports whether an event is wanted.
func (w Wanted) Wants(r Recorded) bool {
	if w.season != "" && r.Stream.Season != w.season && (w.season != noSeason || r.Stream.Season != "") {
		return false
	}
	return len(w.types) == 0 || slices.ContainsFunc(w.types, func(t string) bool {
		return r.Type == t || strings.HasSuffix(t, ".v") && strings.HasPrefix(r.Type, t)
	})
}
