// Package national makes seasons of the size of a country: communes in clusters of about ten, each cluster's year a bundle that satisfies every rule of spec
// "bundle". Everything in it is illustrative, the names too, and says so. The same seed gives the same bytes.
package national

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"time"
)

// Config says how large a year to make.
type Config struct {
	Units    int // in all
	Criteria int // of each season
	Periods  int // of each season
	Seed     uint64
}

// The most that a year can have: what the country has ten times over, what the points of a season can be divided among, and its months.
const (
	MaxUnits    = 100_000
	MaxCriteria = 90
	MaxPeriods  = 12
)

// year is the one that all seasons are of.
const year = 2025

// zone is that of Asia/Ho_Chi_Minh, which has not changed since 1975.
func zone() *time.Location { return time.FixedZone("+07", 7*60*60) }

// perCluster is about how many units a cluster has.
const perCluster = 10

// clusters is how many clusters the units make, all of nearly the same size.
func (c Config) clusters() int { return (c.Units + perCluster - 1) / perCluster }

// Write makes a folder for each cluster's bundle in dir, which holds none of them yet, and tells after each how many of all are done. It
// returns how many values they have together. What was written before an error or the end of ctx stays there.
func Write(ctx context.Context, dir string, c Config, tell func(done, total uint64)) (values int, err error) {
	total := c.clusters()
	for i := range total {
		if err := ctx.Err(); err != nil {
			return values, err
		}
		s := newSeason(c, i)
		written, err := s.write(filepath.Join(dir, s.id))
		if err != nil {
			return values, fmt.Errorf("national: %s: %w", s.id, err)
		}
		values += written
		tell(uint64(i+1), uint64(total))
	}
	return values, nil
}

// season is one cluster's year in the making.
type season struct {
	id, cluster string
	number      int // of the cluster, from 1
	units       []string
	criteria    []criterion
	periods     []period
	pledged     [][]string // the rows of targets.csv
	chance      *rand.Rand
}

func newSeason(c Config, index int) *season {
	s := &season{
		id:      fmt.Sprintf("national-%d-%04d", year, index+1),
		cluster: fmt.Sprintf("cluster-%04d", index+1),
		number:  index + 1,
		chance:  rand.New(rand.NewPCG(c.Seed, uint64(index))),
	}
	for u := index * c.Units / c.clusters(); u < (index+1)*c.Units/c.clusters(); u++ {
		s.units = append(s.units, fmt.Sprintf("commune-%05d", u+1))
	}
	for i := range c.Criteria {
		s.criteria = append(s.criteria, newCriterion(i, c.Criteria))
	}
	for i := range c.Periods {
		s.periods = append(s.periods, newPeriod(i, c.Periods))
	}
	s.pledged = s.targets()
	return s
}

// once is true so many times of a hundred.
func (s *season) once(percent int) bool { return s.chance.IntN(100) < percent }
