package explain_test

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
)

// standing is the number in an event's data to which a field leads.
func standing(r *record, data []byte, field string) string {
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		r.Fatal(err)
	}
	for key := range strings.SplitSeq(field, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[key]
		case []any:
			value = member(v, key)
		}
	}
	text, ok := value.(string)
	if !ok {
		r.Fatalf("no %s in %s", field, data)
	}
	return text
}

// member is that of a list by its place, or the target of a criterion.
func member(list []any, key string) any {
	if i, err := strconv.Atoi(key); err == nil && i < len(list) {
		return list[i]
	}
	for _, entry := range list {
		if target, ok := entry.(map[string]any); ok && target["criterion"] == key {
			return target["target"]
		}
	}
	return nil
}

// placed asks that the rank is 1 more than the number of units before it.
func (r *record) placed(u told, want int) {
	number := func(line map[string]any, key string) *big.Rat { return rat(r, line[key].(string)) }
	before := func(a, b map[string]any) bool {
		keys := []string{"total"}
		for _, word := range u.Placing.TieBreak {
			keys = append(keys, map[string]string{
				"fewer_penalty_points": "penalty", "higher_indicator_points": "indicator_points", "higher_verified_share": "verified_share",
			}[word])
		}
		for _, key := range keys {
			if order := number(a, key).Cmp(number(b, key)); order != 0 {
				return order > 0 != (key == "penalty")
			}
		}
		return false
	}
	for _, own := range u.Placing.Standings {
		rank := 1
		for _, other := range u.Placing.Standings {
			if before(other, own) {
				rank++
			}
		}
		if own["rank"] != float64(rank) {
			r.Fatalf("rank %v, the order gives %d: %v", own["rank"], rank, u.Placing.Standings)
		}
	}
	if u.Rank != want {
		r.Fatalf("rank %d, want %d", u.Rank, want)
	}
}

// reached is the first tier whose conditions are met.
func reached(u told) string {
	number := func(text string) *big.Rat {
		x, _ := new(big.Rat).SetString(text)
		return x
	}
	for _, row := range u.Tier.Rows {
		met := number(u.Total).Cmp(number(row.MinTotal)) >= 0
		for _, item := range u.Tier.Items {
			if row.MinItemShare != "" && number(item.Points).Cmp(new(big.Rat).Mul(number(row.MinItemShare), number(item.MaxPoints))) < 0 {
				met = false
			}
		}
		if met {
			return row.Tier
		}
	}
	return ""
}

// free says that no hold covers the day.
func free(u told) bool {
	for _, h := range u.Eligibility.Holds {
		if h.From <= u.Eligibility.Day && (h.Last == "" || u.Eligibility.Day <= h.Last) {
			return false
		}
	}
	return true
}
