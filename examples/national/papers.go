package national

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// write makes the bundle's folder and returns how many values it has.
func (s *season) write(dir string) (values int, err error) {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return 0, err
	}
	if err := os.WriteFile(filepath.Join(dir, "season.yaml"), []byte(s.yaml()), 0o644); err != nil {
		return 0, err
	}
	for _, paper := range []struct {
		name string
		rows [][]string
	}{
		{"units.csv", s.register()},
		{"targets.csv", s.pledged},
		{"signatures.csv", s.signatures()},
		{"adjustments.csv", s.adjustments()},
		{"ballots.csv", s.ballot()},
		{"awards.csv", s.award()},
	} {
		if err := table(dir, paper.name, paper.rows); err != nil {
			return 0, err
		}
	}
	reported, recounted := s.values()
	if err := table(dir, "values.csv", reported); err != nil {
		return 0, err
	}
	return len(reported) - 1, table(dir, "verifications.csv", recounted)
}

func table(dir, name string, rows [][]string) error {
	file, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	return errors.Join(csv.NewWriter(file).WriteAll(rows), file.Close())
}

// register lists the units. Their names are put together from syllables that many communes' names have.
func (s *season) register() [][]string {
	first, second := []string{"Tân", "Phú", "An", "Bình", "Long", "Hoà", "Vĩnh", "Thạnh", "Đông", "Xuân"}, []string{"Lập", "Thịnh", "Sơn", "Hải", "Mỹ", "Giang", "Lộc", "Thành"}
	rows := [][]string{{"unit", "name_vi", "name_en", "level", "parent", "code"}}
	for i, unit := range s.units {
		name := first[s.chance.IntN(len(first))] + " " + second[s.chance.IntN(len(second))]
		rows = append(rows, []string{
			unit, fmt.Sprintf("Hội LHPN xã %s (minh hoạ, cụm %d)", name, s.number), fmt.Sprintf("%s Commune Women's Union (illustrative)", name), "commune", "",
			fmt.Sprintf("%05d", s.number*perCluster+i),
		})
	}
	return rows
}

func (s *season) targets() [][]string {
	rows := [][]string{{"unit", "criterion", "target"}}
	for _, unit := range s.units {
		for _, c := range s.criteria {
			switch {
			case c.target == 0:
			case s.once(1):
				rows = append(rows, []string{unit, c.id, "na"})
			default:
				rows = append(rows, []string{unit, c.id, strconv.Itoa(c.target + s.chance.IntN(c.target/5+1))})
			}
		}
	}
	return rows
}

func (s *season) signatures() [][]string {
	rows := [][]string{{"unit", "signer", "role", "signed_at"}}
	for i, unit := range s.units {
		signed := time.Date(year, 1, 1, 7, i, s.number%60, 0, zone())
		rows = append(rows, []string{unit, "chu-tich." + unit, "Chủ tịch (minh hoạ)", instant(signed)})
	}
	return rows
}

// adjustments gives a few units a bonus or a penalty.
func (s *season) adjustments() [][]string {
	rows := [][]string{{"unit", "kind", "points", "reason", "decided_by", "decided_at"}}
	for i, unit := range s.units {
		decided := time.Date(year, 12, 18, 9, i, 0, 0, zone())
		switch {
		case s.once(20):
			rows = append(rows, []string{unit, "bonus", strconv.Itoa(5 * (1 + s.chance.IntN(4))), "Mô hình được nhân rộng (minh hoạ)", "cum-truong." + s.cluster, instant(decided)})
		case s.once(10):
			rows = append(rows, []string{unit, "penalty", "2", "Báo cáo sai biểu mẫu (minh hoạ)", "cum-truong." + s.cluster, instant(decided)})
		}
	}
	return rows
}

// ballot and award are those of the head, whom any rank lets have the certificate.
func (s *season) ballot() [][]string {
	all := strconv.Itoa(len(s.units))
	return [][]string{
		{"award", "unit", "held_at", "members", "present", "yes", "no", "blank", "invalid"},
		{"certificate", s.units[0], instant(s.finalised().Add(time.Hour)), all, all, all, "0", "0", "0"},
	}
}

func (s *season) award() [][]string {
	return [][]string{
		{"award", "unit", "decision_number", "decided_at", "signer", "competence"},
		{"certificate", s.units[0], fmt.Sprintf("%d/QĐ-MH", s.number), instant(s.finalised().AddDate(0, 0, 2)), "chu-tich.trung-uong", "Đoàn Chủ tịch (minh hoạ)"},
	}
}
